"""The forms that stand inside diagrams: how they are drawn, and how what people send is read."""
