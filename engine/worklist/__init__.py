"""What other packages may ask about open work, and read of the engine's tables."""
