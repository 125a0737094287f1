"""The campaign's facts: deadlines, rights, escalations, imports, and the main way from visit to closure."""
