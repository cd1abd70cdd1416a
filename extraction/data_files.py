"""JSON and XML as text: with lines where programs wrote none, and characters where they wrote numbers."""

import re
from html import unescape
from pathlib import Path

from extraction.plain_text import MINIFIED_LINE_CHARS, decode, read_head
from extraction.reading import MAX_TEXT_BYTES, Reading
from extraction.web_page import markup_of

_LONG_LINE = re.compile(rf"[^\n]{{{MINIFIED_LINE_CHARS},}}")
_BETWEEN_VALUES = re.compile(r',[ \t]*(?=["{\[])|(?<=[}\]])[ \t]*(?=[{\[])')
_BETWEEN_ELEMENTS = re.compile(r">[ \t]*<")
_ESCAPED = re.compile(r"\\\\|\\u([0-9a-fA-F]{4})(?:\\u([dD][c-fC-F][0-9a-fA-F]{2}))?")
_INLINED = re.compile(r"([!-~]{100})[!-~]{900,}")  # a picture or a key in letters: no word has that many


def read_json(path: Path) -> Reading:
    r"""JSON as one page; `\u00fc` is ü there."""
    data, truncated = read_head(path, MAX_TEXT_BYTES)
    text = _ESCAPED.sub(_character, decode(data))
    text = _LONG_LINE.sub(lambda line: _BETWEEN_VALUES.sub(",\n", line[0]), text)
    return Reading((_INLINED.sub(r"\1", text),), truncated=truncated)


def read_xml(path: Path) -> Reading:
    """XML as one page, in the encoding that it declares; `&#252;` is ü there."""
    data, truncated = read_head(path, MAX_TEXT_BYTES)
    text = _LONG_LINE.sub(lambda line: _BETWEEN_ELEMENTS.sub(">\n<", line[0]), markup_of(data))
    return Reading((_INLINED.sub(r"\1", unescape(text)),), truncated=truncated)


def _character(escaped: re.Match[str]) -> str:
    """What an escape stands for; as it is when that would end a string or be a control character."""
    high, low = escaped[1], escaped[2]
    if not high:
        return escaped[0]
    if low and high[0] in "dD" and high[1] in "89abAB":
        return chr(0x10000 + ((int(high, 16) & 0x3FF) << 10) + (int(low, 16) & 0x3FF))
    character = chr(int(high, 16))
    shown = character if character.isprintable() and character not in '"\\' else f"\\u{high}"
    return shown + (f"\\u{low}" if low else "")
