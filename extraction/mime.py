"""The parts of an e-mail message from a stranger, in time that grows with its length and nothing else.

The standard library's parser takes seconds for a megabyte of commas, and minutes for one of nested parts.
"""

import base64
import binascii
import quopri
import re
from collections.abc import Iterator
from email.errors import MessageError
from email.message import Message
from itertools import groupby
from typing import NamedTuple

from extraction.plain_text import decode

MAX_PARTS = 300
_MAX_DEPTH = 12
_MAX_HEADERS_BYTES = 256 << 10
_MAX_HEADER_CHARS = 8_000
_MAX_PARAMETERS_CHARS = 2_000

_HEADERS_END = re.compile(rb"(?:\A|\r?\n)[ \t]*\r?\n")
_FOLD = re.compile(r"\r?\n(?=[ \t])")
_ENCODED_WORD = re.compile(r"=\?([\w.:-]{1,40})(?:\*[\w-]{0,20})?\?([bBqQ])\?([^?\s]*(?: [^?\s]+)*)\?=(\s*(?==\?))?")
# Encodings that are plain ASCII to look at, so that nobody would guess them.
_IN_DISGUISE = ("iso-2022", "hz", "utf-7")
_NO_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"))
_BROKEN_NAME = (ValueError, LookupError, TypeError, AttributeError, MessageError)


class Part(NamedTuple):
    """A message, or one part of it."""

    headers: dict[str, str]  # the first of each name, in lower case; unfolded, encoded words as they are
    body: bytes

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "text/plain").partition(";")[0].strip().lower()

    @property
    def is_attachment(self) -> bool:
        return self.headers.get("content-disposition", "").strip().lower().startswith("attachment")

    def parameter(self, name: str) -> str:
        """A parameter of its Content-Type, "" for none."""
        try:
            value = _parameters_of(self).get_param(name, "")
        except _BROKEN_NAME:
            return ""
        return value if isinstance(value, str) else str(value[-1])

    @property
    def file_name(self) -> str:
        try:
            name = _parameters_of(self).get_filename("")
        except _BROKEN_NAME:
            return ""
        return " ".join(decoded_words(name).split())

    def header(self, name: str) -> str:
        """A header in readable characters, on one line."""
        return " ".join(decoded_words(self.headers.get(name.lower(), "")).split())

    def text(self) -> str:
        """Its characters, whatever they were packed in."""
        data = _unpacked(self.body, self.headers.get("content-transfer-encoding", ""))
        charset = self.parameter("charset")
        if charset.lower().startswith(_IN_DISGUISE):
            try:
                return data.decode(charset, errors="replace")
            except LookupError:
                pass
        return decode(data, declared=charset)


def parsed(data: bytes) -> Part:
    """A message, or a part of one, from its bytes."""
    end = _HEADERS_END.search(data[:_MAX_HEADERS_BYTES])
    head, body = (data[: end.start()], data[end.end() :]) if end else (data[:_MAX_HEADERS_BYTES], b"")
    headers: dict[str, str] = {}
    for line in _FOLD.sub("", decode(head)).splitlines():
        name, colon, value = line.partition(":")
        if colon and name.strip():
            headers.setdefault(name.strip().lower(), value.strip()[:_MAX_HEADER_CHARS])
    return Part(headers, body)


def leaves(message: Part) -> Iterator[Part]:
    """The parts that hold no others, in order; a message within the message is one of them."""
    pending = [(message, 0)]
    for _ in range(MAX_PARTS):
        if not pending:
            return
        part, depth = pending.pop()
        boundary = part.parameter("boundary") if part.content_type.startswith("multipart/") else ""
        if boundary and depth < _MAX_DEPTH:
            pending.extend((parsed(inner), depth + 1) for inner in reversed(_divided(part.body, boundary)))
        else:
            yield part


def decoded_words(text: str) -> str:
    """`=?utf-8?q?F=C3=BCchse?=` -> "Füchse". A character may be cut in two by the end of a word."""
    if "=?" not in text:
        return text
    parts: list[str] = []
    position = 0
    words: list[tuple[str, bytes]] = []
    for word in _ENCODED_WORD.finditer(text):
        if word.start() > position:
            parts.extend((_decoded(words), text[position : word.start()]))
            words = []
        words.append((word[1].lower(), _bytes_of(word)))
        position = word.end()
    return "".join([*parts, _decoded(words), text[position:]])


def _decoded(words: list[tuple[str, bytes]]) -> str:
    texts = []
    for charset, group in groupby(words, key=lambda word: word[0]):
        data = b"".join(data for _, data in group)
        try:
            texts.append(data.decode(charset, errors="replace"))
        except LookupError:
            texts.append(decode(data, declared="cp1252"))
    return "".join(texts)


def _bytes_of(word: re.Match[str]) -> bytes:
    data = word[3].encode()
    return _unpacked(data, "base64") if word[2] in "bB" else binascii.a2b_qp(data, header=True)


def _divided(body: bytes, boundary: str) -> list[bytes]:
    """What is between the lines of `boundary`; without what stands before the first and after the last."""
    mark = b"--" + boundary.encode()
    pieces = (b"\n" + body).split(b"\n" + mark, MAX_PARTS)
    # After the mark its line may go on with blanks; two hyphens are the end of all.
    parts = [piece.partition(b"\n")[2] for piece in pieces[1:] if not piece.startswith(b"--")]
    return [part.removesuffix(b"\r") for part in parts]


def _unpacked(data: bytes, encoding: str) -> bytes:
    encoding = encoding.strip().lower()
    if encoding == "quoted-printable":
        return quopri.decodestring(data)
    if encoding != "base64":
        return data
    letters = data.translate(None, _NO_BASE64)
    if len(letters) % 4 == 1:
        letters = letters[:-1]  # cut off
    return base64.b64decode(letters + b"=" * (-len(letters) % 4))


def _parameters_of(part: Part) -> "Message[str, str]":
    message: Message[str, str] = Message()
    for name in ("content-type", "content-disposition"):
        if value := part.headers.get(name):
            message[name] = value[:_MAX_PARAMETERS_CHARS]
    return message
