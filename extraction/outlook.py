"""Outlook's own messages (.msg): the same page that a saved e-mail gives. Source: [MS-OXMSG], [MS-OXRTFCP].

extract-msg, the one library for it, brings seven others along.
"""

import re
import struct
from collections.abc import Iterator
from pathlib import Path

from striprtf.striprtf import rtf_to_text

from errors import DocumentError
from extraction.compound_file import CompoundFile, codec_of, moment_of, opened_compound
from extraction.plain_text import decode
from extraction.reading import Reading, capped
from extraction.web_page import markup_of, title_and_text

MAX_PARTICIPANTS = 200
MAX_ATTACHMENTS = 100
MAX_RTF_BYTES = 2 << 20  # unpacked byte by byte

# Numbers of properties. Text has one of two types, of 16 bits or of 8.
_SUBJECT, _BODY, _HTML, _RTF = 0x0037, 0x1000, 0x1013, 0x1009
_SENDER, _SENDER_ADDRESSES = 0x0C1A, (0x5D01, 0x0C1F)
_NAME, _ADDRESSES = 0x3001, (0x39FE, 0x3003)
_SHOWN_TO, _SHOWN_CC = 0x0E04, 0x0E03
_FILE_NAMES = (0x3707, 0x3704, 0x3001)
_SENT, _RECEIVED, _WRITTEN = 0x0039, 0x0E06, 0x3007
_ROLE, _TO, _CC = 0x0C15, 1, 2
_CODEPAGES = (0x3FFD, 0x3FDE)
_16_BIT, _8_BIT, _BINARY = "001f", "001e", "0102"

_PROPERTIES = "__properties_version1.0"
_PART = re.compile(r"(__(recip|attach)_version1\.0_#[0-9a-f]{8})/")
_OWN_HEAD_BYTES, _PART_HEAD_BYTES = 32, 8  # before the properties of a message, and of its parts
# What packed RTF may refer to from its first byte on.
_PRELUDE = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans "
    rb"SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0" + b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
_WINDOW_BYTES = 4096


def read(path: Path) -> Reading:
    """A message as one page: sender, receivers, subject, date, text, the names of its attachments.

    Raises:
        DocumentError: It is damaged or too large.
    """
    with opened_compound(path) as file:
        if _PROPERTIES not in file.names:
            raise DocumentError(path, "damaged: no message in it")
        message = _Message(file)
        subject, date = message.text(_SUBJECT), message.date()
        headers = (*message.participants(), ("Subject", subject), ("Date", date))
        lines = [f"{name}: {' '.join(value.split())}" for name, value in headers if value]
        parts = ["\n".join(lines), message.body()]
        if attachments := ", ".join(message.attachments()):
            parts.append(f"Attachments: {attachments}")
        texts, truncated = capped(["\n\n".join(part for part in parts if part)])
        return Reading(texts, title=subject, created=date, truncated=truncated)


class _Message:
    def __init__(self, file: CompoundFile) -> None:
        self._file = file
        self._numbers = _numbers(file.read(_PROPERTIES), _OWN_HEAD_BYTES)
        parts = sorted({(match[2], match[1]) for name in file.names if (match := _PART.match(name))})
        self._receivers = [place for role, place in parts if role == "recip"][:MAX_PARTICIPANTS]
        self._attachments = [place for role, place in parts if role == "attach"][:MAX_ATTACHMENTS]
        self._codec = next((codec for key in _CODEPAGES if (codec := codec_of(self._numbers.get(key, 0)))), "")

    def text(self, *properties: int, place: str = "") -> str:
        """The first of these properties that is there, as text; of the message itself or of a part."""
        for number in properties:
            prefix = f"{place}/" if place else ""
            if data := self._file.read(f"{prefix}__substg1.0_{number:04x}{_16_BIT}"):
                return data.decode("utf-16-le", errors="replace").rstrip("\0")
            if data := self._file.read(f"{prefix}__substg1.0_{number:04x}{_8_BIT}"):
                return decode(data, declared=self._codec).rstrip("\0")
        return ""

    def date(self) -> str:
        found = (moment_of(self._numbers.get(number, 0)) for number in (_SENT, _RECEIVED, _WRITTEN))
        return next((date for date in found if date), "")

    def participants(self) -> Iterator[tuple[str, str]]:
        yield "From", _addressed(self.text(_SENDER), self.text(*_SENDER_ADDRESSES))
        receivers: dict[int, list[str]] = {_TO: [], _CC: []}
        for place in self._receivers:
            role = _numbers(self._file.read(f"{place}/{_PROPERTIES}"), _PART_HEAD_BYTES).get(_ROLE, _TO)
            who = _addressed(self.text(_NAME, place=place), self.text(*_ADDRESSES, place=place))
            receivers.setdefault(role & 0xF, []).append(who)
        yield "To", ", ".join(receivers[_TO]) or self.text(_SHOWN_TO)
        yield "Cc", ", ".join(receivers[_CC]) or self.text(_SHOWN_CC)

    def body(self) -> str:
        """The plain text; else the HTML, else the RTF, without what makes it look nice."""
        if plain := self.text(_BODY).strip():
            return plain
        html = self.text(_HTML)
        if data := self._file.read(f"__substg1.0_{_HTML:04x}{_BINARY}"):
            codec = codec_of(self._numbers.get(_CODEPAGES[1], 0)) or self._codec
            html = decode(data, declared=codec) if codec else markup_of(data)
        if html:
            return title_and_text(html)[1]
        packed = self._file.read(f"__substg1.0_{_RTF:04x}{_BINARY}")
        text: str = rtf_to_text(unpacked_rtf(packed).decode("latin-1"), errors="ignore")
        return text.strip()

    def attachments(self) -> Iterator[str]:
        for place in self._attachments:
            if name := " ".join(self.text(*_FILE_NAMES, place=place).split()):
                yield name


def _addressed(name: str, address: str) -> str:
    """`Ada <ada@example.org>`; an address of the sender's own network says nothing outside."""
    if "@" not in address or address in name:
        return name
    return f"{name} <{address}>" if name else address


def _numbers(data: bytes, head_bytes: int) -> dict[int, int]:
    """The properties that are numbers or times, by what they are."""
    entries = data[head_bytes : head_bytes + (len(data) - head_bytes) // 16 * 16]
    return {number: value for _type, number, _flags, value in struct.iter_unpack("<HHLQ", entries)}


def unpacked_rtf(packed: bytes) -> bytes:
    """RTF as Outlook packs it; nothing for what is no such thing.

    A byte of flags says of each of the next eight whether it is a character or a reference: where in the last 4,096
    bytes to begin (12 bits), and how many to repeat (4 bits).
    """
    if len(packed) < 16:
        return b""
    _size, raw_bytes, mark = struct.unpack_from("<3L", packed)
    limit = min(raw_bytes, MAX_RTF_BYTES)
    if mark == 0x414C454D:  # stored
        return packed[16 : 16 + limit]
    if mark != 0x75465A4C:
        return b""
    out = bytearray(_PRELUDE)
    limit += len(_PRELUDE)
    position = 16
    while position < len(packed) and len(out) < limit:
        flags, position = packed[position], position + 1
        for bit in range(8):
            if not flags >> bit & 1:
                out += packed[position : position + 1]
                position += 1
                continue
            reference = int.from_bytes(packed[position : position + 2], "big")
            position += 2
            distance = (len(out) - (reference >> 4)) % _WINDOW_BYTES
            if not distance or distance > len(out) or position > len(packed):
                return bytes(out[len(_PRELUDE) : limit])  # a reference to itself is the end
            length = (reference & 0xF) + 2
            start = len(out) - distance
            source = out[start : start + length]
            out += (source * (length // len(source) + 1))[:length]  # may repeat what it writes itself
    return bytes(out[len(_PRELUDE) : limit])
