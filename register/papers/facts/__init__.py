"""What the register knows, under the names that templates call it."""
