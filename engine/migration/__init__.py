"""Running instances move to another version, or to another step."""
