"""Backups: the database and the files that it names in one archive, consistent while people work."""
