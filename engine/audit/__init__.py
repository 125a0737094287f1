"""The history and its tamper-evident chain (审计链)."""
