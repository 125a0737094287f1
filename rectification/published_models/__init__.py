"""What is read of the published decision tables."""
