"""Saved e-mail messages (.eml, .emlx)."""

import re
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path

from extraction.mime import Part, leaves, parsed
from extraction.plain_text import read_head
from extraction.reading import Reading, capped
from extraction.web_page import title_and_text

MAX_MESSAGE_BYTES = 64 << 20  # its attachments are in it, and their names may come last
MAX_HTML_CHARS = 2_000_000

_HEADERS = ("From", "To", "Cc", "Subject", "Date")
_LENGTH = re.compile(rb"(\d{1,9})\s*\n")


def read(path: Path) -> Reading:
    """A message as one page: its headers, its text, the names of its attachments."""
    data, truncated = read_head(path, MAX_MESSAGE_BYTES)
    if length := _LENGTH.match(data):  # as Apple's mail program keeps it, with a list of its own after it
        data = data[length.end() : length.end() + int(length[1])]
    message = parsed(data)
    texts, is_cut = capped([page_of(message)])
    return Reading(texts, title=message.header("Subject"), created=_date(message), truncated=truncated or is_cut)


def page_of(message: Part) -> str:
    """What a person sees of a message."""
    headers = [f"{name}: {value}" for name in _HEADERS if (value := message.header(name))]
    parts = list(leaves(message))
    text = "\n".join([*headers, "", _body(parts)])
    if attachments := list(dict.fromkeys(_attachment_names(parts))):
        text += "\n\nAttachments: " + ", ".join(attachments)
    return text


def _date(message: Part) -> str:
    try:
        return parsedate_to_datetime(message.header("Date")).isoformat(timespec="seconds")
    except (ValueError, TypeError, LookupError, OverflowError):
        return ""


def _body(parts: list[Part]) -> str:
    """The plain text, or the HTML without its tags where there is no other."""
    shown = [part for part in parts if not part.is_attachment]
    plain = [text for part in shown if part.content_type in ("text/plain", "text") and (text := part.text()).strip()]
    if plain:
        return "\n\n".join(plain)
    pages = (part.text()[:MAX_HTML_CHARS] for part in shown if part.content_type == "text/html")
    return "\n\n".join(title_and_text(page)[1] for page in pages)


def _attachment_names(parts: list[Part]) -> Iterator[str]:
    for part in parts:
        if name := part.file_name:
            yield name
        elif part.content_type == "message/rfc822":
            yield parsed(part.body).header("Subject")
