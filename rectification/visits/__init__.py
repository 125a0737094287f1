"""What the forms of a visit, of a re-check and of a village lead to."""
