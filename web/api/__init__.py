"""The JSON API: the same doors as the pages, for programs with a personal token."""
