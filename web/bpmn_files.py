"""Diagrams as files: pages draw them, people save them for the stock Camunda Modeler."""

from __future__ import annotations

from urllib.parse import quote

from starlette.responses import Response


def bpmn_file(content: str | bytes, name: str) -> Response:
    """A file to save. A browser's own view of XML would bring a style that this site's policy refuses."""
    disposition = f"attachment; filename*=UTF-8''{quote(name)}"
    return Response(content, media_type="application/xml", headers={"Content-Disposition": disposition})
