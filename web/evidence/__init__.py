"""Photos and papers: sent, checked, shown."""
