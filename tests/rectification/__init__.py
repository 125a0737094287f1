"""The campaign's facts: deadlines, rights, ladders, imports, and the main way from visit to closure."""
