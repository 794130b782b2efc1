"""The mails that arrived: read once on arrival, kept in one SQLite file or in memory."""

from __future__ import annotations

import html
import re
import sqlite3
from dataclasses import asdict, dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage, MIMEPart
from email.policy import default as modern
from pathlib import Path
from typing import Any
from uuid import uuid4

SCHEMA = """
CREATE TABLE IF NOT EXISTS messages (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, at TEXT NOT NULL, sender TEXT NOT NULL,
    recipients TEXT NOT NULL, subject TEXT NOT NULL, text TEXT NOT NULL, raw BLOB NOT NULL)
"""
_LINK = re.compile(r"https?://[^\s<>\"']+")
_HEAD = re.compile(r"<head\b[^>]*>", re.I)
_TAG = re.compile(r"<(?:style|script).*?</(?:style|script)>|<[^>]+>", re.S | re.I)


@dataclass(frozen=True)
class Mail:
    """One mail as a reader sees it; `to` is who it was delivered to, `at` an ISO time."""

    id: str
    at: str
    sender: str
    to: str
    subject: str
    text: str

    def as_json(self) -> dict[str, Any]:
        fields = asdict(self)
        return {"from": fields.pop("sender"), **fields, "links": self.links()}

    def links(self) -> list[str]:
        return [link.rstrip(".,;:!?)") for link in _LINK.findall(self.text)]

    def pieces(self) -> list[tuple[str, bool]]:
        """The text cut at its links; True marks a link."""
        pieces, rest = [], self.text
        for link in self.links():
            before, _, rest = rest.partition(link)
            pieces += [(before, False), (link, True)]
        return [*pieces, (rest, False)]


def read_mail(raw: bytes, sender: str, recipients: list[str], at: datetime) -> Mail:
    """Subject and readable text of a mail; what cannot be decoded becomes replacement characters."""
    message = message_from_bytes(raw, policy=modern)
    return Mail(
        id=uuid4().hex,
        at=at.isoformat(timespec="milliseconds"),
        sender=sender,
        to=", ".join(recipients),
        subject=str(message.get("Subject", "")),
        text=_text(message),
    )


def read_html(raw: bytes) -> str:
    """The HTML part as it was sent, its links opening elsewhere; empty if there is none."""
    part = message_from_bytes(raw, policy=modern).get_body(("html",))
    return _HEAD.sub(r'\g<0><base target="_blank">', _decoded(part), count=1) if part else ""


def _text(message: EmailMessage) -> str:
    part = message.get_body(("plain", "html"))
    if part is None:
        return ""
    text = _decoded(part)
    if part.get_content_subtype() == "html":
        text = html.unescape(_TAG.sub("", text))
    return text.replace("\r\n", "\n")


def _decoded(part: MIMEPart) -> str:
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    try:
        return content.decode(part.get_content_charset("utf-8"), errors="replace")
    except LookupError:  # a character set nobody knows
        return content.decode("utf-8", errors="replace")


class Messages:
    """All mails, oldest first."""

    def __init__(self, path: Path | None = None) -> None:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path or ":memory:", isolation_level=None)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute(SCHEMA)

    def close(self) -> None:
        self._db.close()

    def add(self, mail: Mail, raw: bytes) -> None:
        self._db.execute(
            "INSERT INTO messages (id, at, sender, recipients, subject, text, raw)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (mail.id, mail.at, mail.sender, mail.to, mail.subject, mail.text, raw),
        )

    def every(self, to: str | None = None) -> list[Mail]:
        """Oldest first; with `to`, those delivered to that address, in whatever case."""
        rows = self._db.execute(
            "SELECT id, at, sender, recipients, subject, text FROM messages ORDER BY number"
        )
        mails = [Mail(*row) for row in rows.fetchall()]
        return [each for each in mails if to is None or to.lower() in each.to.lower().split(", ")]

    def find(self, mail_id: str) -> Mail | None:
        row = self._db.execute(
            "SELECT id, at, sender, recipients, subject, text FROM messages WHERE id = ?", (mail_id,)
        ).fetchone()
        return Mail(*row) if row else None

    def raw(self, mail_id: str) -> bytes | None:
        """The mail as it came over the wire."""
        row = self._db.execute("SELECT raw FROM messages WHERE id = ?", (mail_id,)).fetchone()
        return row[0] if row else None

    def clear(self) -> None:
        self._db.execute("DELETE FROM messages")
