"""Text, Markdown, source code and CSV: bytes to characters, whatever their encoding."""

import codecs
import re
from pathlib import Path

import charset_normalizer

from extraction.headings import headings_of
from extraction.kinds import utf16_without_mark
from extraction.reading import MAX_TEXT_BYTES, Reading, capped, clean

MINIFIED_LINE_CHARS = 5_000
_MINIFIED_KEPT_CHARS = 1_000
_GUESS_BYTES = 32 << 10
_LONG_LINE = re.compile(rf"[^\n]{{{MINIFIED_LINE_CHARS},}}")

# UTF-32 first: its little-endian mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8-sig"),
)


def read(path: Path) -> Reading:
    """The first `MAX_TEXT_BYTES` of a text file as one page."""
    data, truncated = read_head(path, MAX_TEXT_BYTES)
    text = decode(data)
    readable = _LONG_LINE.sub(_shortened, text)
    pages, is_cut = capped([clean(readable)])
    truncated = truncated or is_cut or len(readable) < len(text)
    return Reading(pages, truncated=truncated, headings=(headings_of(pages[0], path.suffix),))


def read_head(path: Path, limit: int) -> tuple[bytes, bool]:
    """At most `limit` bytes of a file, and whether there were more."""
    with path.open("rb") as file:
        data = file.read(limit + 1)
    return data[:limit], len(data) > limit


def decode(data: bytes, *, declared: str = "") -> str:
    """The characters of `data`: byte order mark, then UTF-8, then what it declares, then a guess.

    Never fails: the last resort replaces what makes no sense. A character cut in two at the end is dropped.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    if encoding := utf16_without_mark(data):
        return data.decode(encoding, errors="replace")
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(data)
    except UnicodeDecodeError as error:
        encoding = declared or _guessed_encoding(data, error.start)
    try:
        return data.decode(encoding, errors="replace")
    except LookupError:  # declares an encoding that does not exist
        return data.decode("cp1252", errors="replace")


def _guessed_encoding(data: bytes, first_odd_byte: int) -> str:
    """Judged on a sample around the first byte that is not ASCII: the guess costs 3 ms per 32 KB."""
    start = data.rfind(b"\n", 0, first_odd_byte) + 1
    best = charset_normalizer.from_bytes(data[start : start + _GUESS_BYTES]).best()
    return best.encoding if best else "cp1252"


def _shortened(line: re.Match[str]) -> str:
    """The head of a line that no person wrote, such as minified script or inlined data; prose stays whole.

    Prose has a blank every six letters; Chinese and Japanese have none, but are not ASCII.
    """
    text = line[0]
    is_prose = text.count(" ") > len(text) * 0.1 or len(text.encode()) > len(text) * 1.5
    return text if is_prose else text[:_MINIFIED_KEPT_CHARS]
