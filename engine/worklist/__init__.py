"""Open work: what other packages may ask about it."""
