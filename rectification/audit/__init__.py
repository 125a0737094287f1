"""Whether what is kept is what the history says of it (审计核对)."""
