"""Instances on their diagrams, and the API that starts them."""
