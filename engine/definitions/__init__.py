"""Published versions of the diagrams, and what changed between two of them."""
