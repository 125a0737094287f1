"""A diagram's form as a page shows it, and the way back from what a browser sends."""

from web.fields.view import FieldView, FormView, SummaryLine, view_form

__all__ = ["FieldView", "FormView", "SummaryLine", "view_form"]
