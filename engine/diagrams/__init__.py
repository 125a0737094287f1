"""How a diagram is read and how its tokens move.

SpiffWorkflow parses BPMN and carries the life of a task (future, waiting, ready, started,
completed, cancelled). Its prediction of future tasks, its copies of data per task and its joins
make long instances slow and some legal diagrams go wrong (docs/decisions/0001-tokens.md), so the
specs here replace them: a token is a Spiff task without a tree, variables belong to the scope as in
BPMN, and a join counts the tokens on each incoming flow.
"""
