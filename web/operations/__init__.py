"""Health, incidents, and a demo's clock."""
