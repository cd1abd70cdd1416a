"""Headings as texts mark them up by hand (Markdown, reStructuredText), header rows, and a page put together.

Places are those of the cleaned text, as a page has it. No search goes back over what it has read: a text may be
4 MB of nothing but fences.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from corpus import Heading
from extraction.reading import clean

MAX_HEADINGS = 5_000  # of one document
_MAX_HEADING_CHARS = 250
_MAX_LINE_CHARS = 1_000  # as far as one is looked at

_MARKDOWN_MARK = re.compile(r"^ {0,3}(#{1,6}(?=[ \t])|`{3,}|~{3,}|={2,}[ \t]*$|-{2,}[ \t]*$)", re.M)
_FRONT_MATTER = re.compile(r"---[ \t]*\n(?:(?!---)[^\n]*\n){0,500}---[ \t]*$", re.M)
_CLOSING_MARKS = re.compile(r"(?<=[ \t])#+\Z")
_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()]*\)")
_NO_TITLE = re.compile(r" {4}| {0,3}(?:[>|#<`~\t]|[-*+] )")  # code, a quotation, a table, markup, an item of a list
_UNDERLINE = re.compile(r"^([!-/:-@\[-`{-~])\1{2,}[ \t]*$", re.M)
_SEPARATORS = ",;\t|"
_YEAR = re.compile(r"(?:19|20)\d\d")


def heading(start_char: int, level: int, text: str) -> Heading:
    """A heading on one line; of one that never ends, the beginning."""
    return Heading(start_char, level, " ".join(text[: 2 * _MAX_HEADING_CHARS].split())[:_MAX_HEADING_CHARS])


def joined(parts: Iterable[tuple[str, int | None]]) -> tuple[str, tuple[Heading, ...]]:
    """The cleaned text of a page and its headings, from its parts and their levels; None: a part is no heading."""
    texts: list[str] = []
    found: list[Heading] = []
    length = 0
    for part, level in parts:
        text = clean(part)
        if level is not None and text.strip() and len(found) < MAX_HEADINGS:
            found.append(heading(length + _indent(text), level, text))
        texts.append(text)
        length += len(text)
    return "".join(texts), tuple(found)


def header_row(start_char: int, line: str, cells: Sequence[str], *, level: int) -> Heading | None:
    """The first row of a table as the heading of those below; None where it looks like one of them.

    A header has several cells, and in each of them words or a year.
    """
    filled = [cell.strip() for cell in cells if cell.strip()]
    without_words = [cell for cell in filled if not any(map(str.isalpha, cell))]
    if len(filled) < 2 or len(without_words) == len(filled) or not all(map(_YEAR.fullmatch, without_words)):
        return None
    return Heading(start_char + _indent(line), level, line.strip()[:_MAX_HEADING_CHARS])


def headings_of(text: str, suffix: str) -> tuple[Heading, ...]:
    """The headings of a text file by its suffix (".md"); none where they cannot be told."""
    find = _FINDERS.get(suffix.lower())
    return tuple(islice(find(text), MAX_HEADINGS)) if find else ()


def _line_before(text: str, start: int) -> tuple[int, str]:
    """Where the line before the one that starts at `start` starts, and that line; "" before the first."""
    end = max(start - 1, 0)
    before = text.rfind("\n", 0, end) + 1
    return before, text[before:end]


def _rest_of_line(text: str, start: int) -> str:
    return text[start : start + _MAX_LINE_CHARS].partition("\n")[0]


def _markdown(text: str) -> Iterator[Heading]:
    """`# Title` and underlined ones, outside of fenced code and front matter."""
    front = _FRONT_MATTER.match(text)
    fence = ""
    for match in _MARKDOWN_MARK.finditer(text, front.end() if front else 0):
        mark = match[1].rstrip()
        if mark[0] in "`~":
            fence = _fence_after(fence, mark, _rest_of_line(text, match.end()))
        elif fence:
            continue
        elif mark[0] == "#":
            title = _CLOSING_MARKS.sub("", _rest_of_line(text, match.end()).strip()).strip()
            if title:
                yield heading(match.start(1), len(mark), _LINK.sub(r"\1", title))
        else:
            start, title = _line_before(text, match.start())
            is_alone = not _line_before(text, start)[1].strip()
            if title.strip() and is_alone and not _NO_TITLE.match(title):
                yield heading(start + _indent(title), 1 if mark[0] == "=" else 2, title)


def _fence_after(fence: str, mark: str, rest: str) -> str:
    """The fence of the code that follows this line, "" for none; only one like it, alone and as long, closes it."""
    if fence:
        return "" if mark.startswith(fence) and not rest.strip() else fence
    return "" if mark[0] == "`" and "`" in rest else mark


def _restructured(text: str) -> Iterator[Heading]:
    """Underlined titles, some overlined too; how deep each kind of line is, the order of their coming tells."""
    kinds: list[str] = []
    for match in _UNDERLINE.finditer(text):
        start, title = _line_before(text, match.start())
        above_start, above = _line_before(text, start)
        is_overlined = bool(above) and above.rstrip() == match[0].rstrip()
        is_title = title.strip() and not _UNDERLINE.match(title) and len(title.rstrip()) <= len(match[0].rstrip())
        if not is_title or not (is_overlined or (not above.strip() and not title[0].isspace())):
            continue
        kind = match[1] * (1 + is_overlined)
        if kind not in kinds:
            kinds.append(kind)
        yield heading(above_start if is_overlined else start, kinds.index(kind) + 1, title)


def _separated(text: str) -> Iterator[Heading]:
    """The first line of a table of separated values, when it is a header."""
    line = text.partition("\n")[0]
    cells = [cell.strip(' "') for cell in line.split(max(_SEPARATORS, key=line.count))]
    if found := header_row(0, line, cells, level=1):
        yield found


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


_SUFFIXES: dict[Callable[[str], Iterator[Heading]], str] = {
    _markdown: "md markdown mdown mkd mdx qmd rmd",
    _restructured: "rst",
    _separated: "csv tsv tab psv",
}
_FINDERS = {f".{suffix}": find for find, suffixes in _SUFFIXES.items() for suffix in suffixes.split()}
