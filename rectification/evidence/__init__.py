"""Photos and papers (佐证材料), kept once by their content."""
