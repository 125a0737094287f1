"""What travels by mail reads the same in a mail program as in the installation."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from notifications.mime import message, sender_line
from notifications.outgoing_messages import MessageLine, compose
from notifications.wording import Wording

WORDS = "慎城镇三里村的一件整改工单已逾期，请尽快处理并上传照片（第2次提醒）" * 3


def read(data: bytes) -> EmailMessage:
    found = message_from_bytes(data, policy=policy.default)
    assert isinstance(found, EmailMessage)
    assert not found.defects
    return found


@pytest.mark.parametrize("words", [WORDS, "Item 3 is overdue and long " * 8, "short: ?= _"])
def test_a_mail_program_reads_what_was_written(words: str) -> None:
    letter = compose(
        "<delivery.1@h>", "li@example.cn", "李明", Wording("zh"), [MessageLine(words, "https://h.cn/t/1")]
    )
    data = message(letter, sender_line("回头看办公室 <house@example.cn>"), letter.to)
    assert all(len(line) <= 78 for line in data.split(b"\r\n"))
    assert b"\n" not in data.replace(b"\r\n", b"")
    found = read(data)
    assert found["Subject"] == letter.subject
    assert found["From"].addresses[0].display_name == "回头看办公室"
    assert [address.addr_spec for address in (*found["From"].addresses, *found["To"].addresses)] == [
        "house@example.cn", "li@example.cn",
    ]  # fmt: skip
    assert (found["Message-ID"], found["Content-Language"]) == ("<delivery.1@h>", "zh-CN")
    assert found["Date"].datetime
    plain, page = found.iter_parts()
    assert isinstance(plain, EmailMessage)
    assert isinstance(page, EmailMessage)
    assert plain.get_content() == letter.text.replace("\n", "\r\n")
    assert (page.get_content_type(), page.get_content()) == ("text/html", letter.html)


def test_an_address_of_other_letters_travels_as_it_is() -> None:
    letter = compose("<delivery.1@h>", "李@例子.cn", "李明", Wording("zh"), [MessageLine("逾期", "/")])
    assert "To: 李@例子.cn\r\n".encode() in message(letter, "house@example.cn", letter.to)


@pytest.mark.parametrize("to", ["li@example.cn\r\nBcc: all@example.cn", "li@example.cn\nX: y"])
def test_nobody_breaks_out_of_a_header(to: str) -> None:
    letter = compose("<delivery.1@h>", to, "李明", Wording("zh"), [MessageLine("逾期", "/")])
    with pytest.raises(ValueError, match="one line"):
        message(letter, "house@example.cn", to)
