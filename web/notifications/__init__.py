"""Notices, how they arrive, and what was delivered."""
