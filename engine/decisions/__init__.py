"""Decision tables and expressions of a .dmn file (OMG DMN 1.1 to 1.5), evaluated in our own FEEL.

A single output gives its value, several give a dictionary by name; no rule that matches gives null
(COUNT gives 0). Required decisions and business knowledge models of the same file are worked out
first and stand in scope under their names.
"""

from __future__ import annotations

from engine.decisions.decision import Decision, DecisionError, Decisions, Problem
from engine.decisions.reading import parse_decisions, read_decisions

__all__ = ["Decision", "DecisionError", "Decisions", "Problem", "parse_decisions", "read_decisions"]
