"""What a person may do to an instance beside completing work."""
