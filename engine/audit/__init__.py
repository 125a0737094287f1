"""The history, its tamper-evident chain (审计链), and incidents."""
