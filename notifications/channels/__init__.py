"""The ways out of the house; each is one file."""
