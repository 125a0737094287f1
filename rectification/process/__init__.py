"""What diagrams may ask and do, and what process owners need for their diagrams."""
