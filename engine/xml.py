"""The one place where XML is parsed.

A second parser is where the hole would be, so lint forbids lxml's own doors elsewhere.
"""

from __future__ import annotations

from lxml import etree

from engine.text import LocalizedText

MOST_BYTES = 2_000_000
MOST_ELEMENTS = 20_000
DEEPEST = 200


class UnreadableXml(ValueError):
    """A file that is not XML we are willing to read; ``words`` says why."""

    def __init__(self, words: LocalizedText) -> None:
        super().__init__(words.en)
        self.words = words


_TOO_LARGE = LocalizedText(
    "文件元素过多或嵌套过深；请拆成几个流程，用调用活动连接。",
    "The file has too many elements or is nested too deeply; make several processes of it and use call activities.",
)


def parse_xml(data: bytes) -> etree._Element:
    """Parse a document of bounded size and depth without DOCTYPE, entities or network.

    Raises:
        UnreadableXml: with a sentence, for anything else.
    """
    if len(data) > MOST_BYTES:
        raise UnreadableXml(
            LocalizedText(
                f"文件超过 {MOST_BYTES // 1_000_000} MB。",
                f"The file is larger than {MOST_BYTES // 1_000_000} MB.",
            )
        )
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True
    )
    try:
        root = etree.fromstring(data, parser)  # noqa: TID251
    except etree.XMLSyntaxError as fault:
        line = fault.lineno or 0
        if "depth" in (fault.msg or ""):
            raise UnreadableXml(_TOO_LARGE) from None
        raise UnreadableXml(
            LocalizedText(
                f"文件不是有效的 XML（第 {line} 行）。",
                f"The file is not valid XML (line {line}): {fault.msg}.",
            )
        ) from None
    except ValueError as fault:
        raise UnreadableXml(
            LocalizedText("文件不是有效的 XML。", f"The file is not valid XML: {fault}.")
        ) from None
    if b"<!DOCTYPE" in data or root.getroottree().docinfo.internalDTD is not None:
        raise UnreadableXml(
            LocalizedText("文件含有 DOCTYPE，已拒绝。", "The file has a DOCTYPE; that is refused.")
        )
    count = 0
    deepest = [(root, 1)]
    while deepest:
        element, depth = deepest.pop()
        count += 1
        if depth > DEEPEST or count > MOST_ELEMENTS:
            raise UnreadableXml(_TOO_LARGE)
        deepest.extend((child, depth + 1) for child in element)
    return root
