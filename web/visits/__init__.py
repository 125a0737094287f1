"""One visit's form, to read."""
