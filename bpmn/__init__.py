"""What a process owner owns: the shipped diagrams and decision tables. Data, no logic."""
