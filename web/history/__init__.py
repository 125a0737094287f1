"""The history (办理记录) as pages tell it."""
