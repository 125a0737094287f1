"""Rehearsals: the engine in memory on a clock that jumps, and the tests of a process."""
