"""The results of households: the list, one result with its facts and decisions, and its correction."""
