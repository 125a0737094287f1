"""A letter as the bytes that travel by mail: text and HTML, each in base64, under the headers that a letter of the installation has.

Put together by hand, for letters of one shape: the standard library's general way takes thirty times as long, and whoever
submits meanwhile waits for the interpreter.
"""

from __future__ import annotations

import base64
from email.header import Header
from email.utils import formataddr, formatdate, parseaddr
from typing import Final

from notifications.outgoing_messages import OutgoingMessage

_BOUNDARY: Final = "=_huitoukan"
"""Stands in no base64."""


def sender_line(sender: str) -> str:
    """What stands behind From: a name of any characters, and an address."""
    name, address = parseaddr(sender)
    if name.isascii():
        return formataddr((name, address))
    return f"{_encoded('From', name)}\r\n <{address}>"


def message(letter: OutgoingMessage, sender: str, to: str) -> bytes:
    """The whole message (RFC 5322, RFC 2046), to one address.

    Raises:
        ValueError: an address would break out of its header.
    """
    headers = {
        "From": sender,
        "To": to,
        "Subject": _encoded("Subject", letter.subject),
        "Message-ID": letter.message_id,
        "Date": formatdate(),
        "Auto-Submitted": "auto-generated",
        "Content-Language": "zh-CN" if letter.language == "zh" else "en",
        "MIME-Version": "1.0",
        "Content-Type": f'multipart/alternative; boundary="{_BOUNDARY}"',
    }
    if not f"{to}{letter.message_id}".isprintable():
        raise ValueError("an address is one line")
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    body = _part("plain", letter.text) + _part("html", letter.html)
    return f"{head}\r\n{body}--{_BOUNDARY}--\r\n".encode()


def _encoded(name: str, text: str) -> str:
    return Header(text, header_name=name).encode(linesep="\r\n")


def _part(kind: str, text: str) -> str:
    canonical = text.replace("\r\n", "\n").replace("\n", "\r\n").encode()
    lines = base64.encodebytes(canonical).decode().replace("\n", "\r\n")
    return (
        f'--{_BOUNDARY}\r\nContent-Type: text/{kind}; charset="utf-8"\r\n'
        f"Content-Transfer-Encoding: base64\r\n\r\n{lines}\r\n"
    )
