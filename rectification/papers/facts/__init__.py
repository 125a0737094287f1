"""What the domain knows, under the names that templates call it."""
