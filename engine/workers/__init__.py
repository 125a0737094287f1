"""What moves instances without a person: messages, timers, timer starts, and the ticker that wakes them."""
