"""My account, signing in, language."""
