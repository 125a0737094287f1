"""The ways out of the installation; each is one file."""
