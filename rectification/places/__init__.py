"""Where things are: areas (区划) as a tree, and units (单位)."""
