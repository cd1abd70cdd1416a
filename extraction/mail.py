"""Saved e-mail messages (.eml)."""

from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from extraction.plain_text import decode, read_head
from extraction.reading import MAX_MARKUP_BYTES, Reading
from extraction.web_page import title_and_text

_HEADERS = ("From", "To", "Cc", "Subject", "Date")
_BROKEN_HEADER = (ValueError, IndexError, AttributeError, TypeError, LookupError)  # what the parser raises at spam


def read(path: Path) -> Reading:
    """A message as one page: its headers, its text, the names of its attachments."""
    data, truncated = read_head(path, MAX_MARKUP_BYTES)
    message = message_from_bytes(data, policy=policy.default)
    headers = [f"{name}: {value}" for name in _HEADERS if (value := _header(message, name))]
    attachments = list(_attachment_names(message))
    text = "\n".join([*headers, "", _body(message)])
    if attachments:
        text += "\n\nAttachments: " + ", ".join(attachments)
    return Reading((text,), title=_header(message, "Subject"), created=_date(message), truncated=truncated)


def _header(message: EmailMessage, name: str) -> str:
    try:
        return " ".join(str(message[name] or "").split())
    except _BROKEN_HEADER:
        return ""


def _date(message: EmailMessage) -> str:
    try:
        moment = message["Date"].datetime
    except _BROKEN_HEADER:
        return ""
    return moment.isoformat(timespec="seconds") if moment else ""


def _body(message: EmailMessage) -> str:
    """The plain text, or the HTML without its tags where there is no other."""
    try:
        part = message.get_body(("plain", "html"))
    except _BROKEN_HEADER:
        part = None
    if part is None:
        return ""
    payload = part.get_payload(decode=True)
    declared = str(part.get_content_charset() or "")
    text = decode(payload, declared=declared) if isinstance(payload, bytes) else ""
    return title_and_text(text)[1] if part.get_content_type() == "text/html" else text


def _attachment_names(message: EmailMessage) -> Iterator[str]:
    for part in message.walk():
        try:
            name = part.get_filename()
        except _BROKEN_HEADER:
            continue
        if name:
            yield " ".join(name.split())
