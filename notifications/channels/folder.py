"""A folder instead of a mail server: a demo writes its letters there for the newcomer to open."""

from __future__ import annotations

from collections.abc import Sequence
from email.message import EmailMessage
from pathlib import Path

from notifications.outgoing_messages import DeliveryOutcome, OutgoingMessage
from notifications.reasons import failed


class FolderChannel:
    """Writes each letter as one .eml file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, letters: Sequence[OutgoingMessage]) -> list[DeliveryOutcome]:
        """Write the letters."""
        return [self._write(letter) for letter in letters]

    def _write(self, letter: OutgoingMessage) -> DeliveryOutcome:
        message = EmailMessage()
        try:
            message["To"], message["Subject"], message["Message-ID"] = (
                letter.to,
                letter.subject,
                letter.message_id,
            )
            message.set_content(letter.text)
            name = letter.message_id.strip("<>").partition("@")[0]
            self._folder.mkdir(parents=True, exist_ok=True)
            (self._folder / f"{name}.eml").write_bytes(bytes(message))
        except Exception as fault:  # whatever one letter holds, the others are written
            return DeliveryOutcome(failed(fault))
        return DeliveryOutcome()
