"""LaTeX sources (.tex): the words of the document, its headings, and formulas as they are written.

pylatexenc takes twenty times as long, gives up where groups are in groups, and does not say where headings are.
"""

import re
import unicodedata
from pathlib import Path

from extraction.headings import joined
from extraction.plain_text import decode, read_head
from extraction.reading import Reading

MAX_SOURCE_BYTES = 512 << 10  # a book has a file for each chapter

_LEVELS = {"part": 0, "chapter": 1, "section": 2, "subsection": 3, "subsubsection": 4, "paragraph": 5}
_ABOUT = frozenset({"title", "author", "date"})
# Commands that go with all that they are given.
_SILENT_NAMES = (
    "documentclass documentstyle usepackage RequirePackage label ref eqref pageref autoref cref Cref cite citet citep"
    " citeauthor nocite textcite parencite includegraphics input include bibliography bibliographystyle vspace hspace"
    " addbibresource setlength addtolength newcommand renewcommand providecommand newenvironment newtheorem pagestyle"
    " thispagestyle hypersetup geometry graphicspath color definecolor setcounter addtocounter bibitem index rule cline"
    " hyphenation linespread fontsize"
)
_SILENT = frozenset(_SILENT_NAMES.split())
_FORMULAS = frozenset(("equation", "align", "gather", "multline", "eqnarray", "displaymath", "math", "flalign"))
_VERBATIM = frozenset(("verbatim", "Verbatim", "lstlisting", "minted"))
_WITH_MEASURES = frozenset(("tabular", "tabularx", "longtable", "array", "minipage", "thebibliography", "multicols"))
_LETTERS = {
    **{"ss": "ß", "o": "ø", "O": "Ø", "ae": "æ", "AE": "Æ", "oe": "œ", "OE": "Œ", "aa": "å", "AA": "Å"},
    **{"l": "ł", "L": "Ł", "i": "i", "j": "j", "dots": "…", "ldots": "…", "textellipsis": "…", "LaTeX": "LaTeX"},
    **{"TeX": "TeX", "textendash": "–", "textemdash": "—", "textbackslash": "\\", "euro": "€", "S": "§", "par": "\n\n"},  # noqa: RUF001
    **{
        "item": "\n- ",
        "and": ", ",
        "footnote": " ",
        "newline": "\n",
        "linebreak": "\n",
        "quad": " ",
        "qquad": " ",
        "textasciitilde": "~",
    },
}
_ACCENTS = dict(
    zip(
        "'`^\"~=.cvHukrd",
        "\u0301\u0300\u0302\u0308\u0303\u0304\u0307\u0327\u030c\u030b\u0306\u0328\u030a\u0323",
        strict=True,
    )
)
_PLAIN = {"~": " ", "&": " ", "{": "", "}": "", "``": "“", "''": "”", "--": "–", "---": "—"}  # noqa: RUF001

_SPACES = {**dict.fromkeys(",;:\n\t", " "), **dict.fromkeys("!-/", "")}

_TOKEN = re.compile(r"\\[A-Za-z@]+\*?[ \t]*|\\.|\$\$?|[%{}~&]|``|''|---?", re.S)
_ACCENTED = re.compile(r"\s*(?:\{\s*\\?([A-Za-z])\s*\}|\\?([A-Za-z]))")
_LINE_END = re.compile(r"(?:\*|\[[^\]\n]{0,20}\])?[ \t]*\n?")
_GROUP = re.compile(r"\s*\[[^\]]{0,500}\]|\s*(?=\{)")
_BRACE = re.compile(r"\\.|[{}]", re.S)
_BLANKS, _BLANK_LINES = re.compile(r"[ \t]+\n|[ \t]{2,}"), re.compile(r"\n\s*\n\s*(- )?")
_MAX_GROUP_CHARS = 3_000
_MAX_FORMULA_CHARS = 10_000
_MAX_UNCLOSED = 100
_MAX_DEPTH = 2  # of titles within titles


def read(path: Path) -> Reading:
    """The document as one page, without its commands; what stands before its beginning gives title and author."""
    data, truncated = read_head(path, MAX_SOURCE_BYTES)
    source = decode(data).replace("\r\n", "\n")
    scanner = _Scanner(source)
    scanner.run()
    text, headings = joined(scanner.parts)
    title = " ".join(scanner.about.get("title", "").split())
    return Reading((text,), title=title, truncated=truncated, headings=(headings,))


class _Scanner:
    """Goes through a source once, from left to right; what it looks for ahead it looks for once."""

    def __init__(self, source: str, depth: int = 0) -> None:
        self.parts: list[tuple[str, int | None]] = []
        self.about: dict[str, str] = {}
        self._source = source
        self._position = 0
        self._depth = depth
        self._text: list[str] = []
        self._unclosed = 0  # groups so far; looked for without end, they would take minutes
        self._ends: dict[str, int] = {}  # where the next of these marks is

    def run(self) -> None:
        while token := _TOKEN.search(self._source, self._position):
            self._text.append(self._source[self._position : token.start()])
            self._position = token.end()
            self._take(token[0])
        self._text.append(self._source[self._position :])
        self._end_part()

    def _take(self, token: str) -> None:
        if token == "%":
            end = self._source.find("\n", self._position)
            self._position = end + 1 if end >= 0 else len(self._source)
        elif token[0] == "$":
            self._keep(token, token)
        elif token[0] != "\\":
            self._text.append(_PLAIN[token])
        elif token[1].isalpha() or token[1] == "@":
            self._take_command(token[1:].rstrip(" \t").rstrip("*"))
        else:
            self._take_symbol(token[1])

    def _take_symbol(self, symbol: str) -> None:
        if symbol in "[(":
            self._keep("\\" + symbol, "\\" + "])"["[(".index(symbol)])
        elif symbol in _ACCENTS:
            self._take_accent(symbol)
        elif symbol == "\\" and (line_end := _LINE_END.match(self._source, self._position)):
            self._text.append("\n")
            self._position = line_end.end()
        else:
            self._text.append(_SPACES.get(symbol, symbol))

    def _take_accent(self, name: str) -> None:
        if letter := _ACCENTED.match(self._source, self._position):
            self._text.append(unicodedata.normalize("NFC", (letter[1] or letter[2]) + _ACCENTS[name]))
            self._position = letter.end()

    def _take_command(self, name: str) -> None:
        if name in _LEVELS or name in _ABOUT:
            self._take_title(name)
        elif name in ("begin", "end"):
            self._take_environment(name, self._group().strip("*"))
        elif name in _LETTERS:
            self._text.append(_LETTERS[name])
        elif name in _ACCENTS:
            self._take_accent(name)
        elif name in _SILENT:
            self._skip_groups()
        elif name == "href":
            self._group()

    def _take_title(self, name: str) -> None:
        inner = _Scanner(self._group(), self._depth + 1)
        if self._depth < _MAX_DEPTH:
            inner.run()
        title = " ".join("".join(text for text, _ in inner.parts).split())
        if name in _ABOUT:
            self.about.setdefault(name, title)
        elif title:
            self._text.append("\n\n")
            self._end_part()
            self.parts.append((title, _LEVELS[name]))
            self._text.append("\n\n")

    def _take_environment(self, what: str, name: str) -> None:
        if name == "document":
            self._take_document(what)
        elif what == "begin" and name in _FORMULAS | _VERBATIM:
            star = "*" if self._source.startswith("*}", self._position - 2) else ""
            self._keep(
                "", f"\\end{{{name}{star}}}", limit=len(self._source) if name in _VERBATIM else _MAX_FORMULA_CHARS
            )
        elif what == "begin" and name in _WITH_MEASURES:
            self._skip_groups()

    def _take_document(self, what: str) -> None:
        if what == "end":
            self._position = len(self._source)
            return
        self.parts.clear()
        about = [self.about[name] for name in ("title", "author", "date") if self.about.get(name)]
        self._text = ["\n".join(about), "\n\n"]

    def _keep(self, start: str, end: str, limit: int = _MAX_FORMULA_CHARS) -> None:
        """Take all up to `end` as it is; only `start`, when that is too far away."""
        place = self._ends.get(end, -1)
        if place < self._position:
            found = self._source.find(end, self._position)
            place = self._ends[end] = found if found >= 0 else len(self._source) + limit + 1
        if place - self._position > limit:
            self._text.append(start)
            return
        inside = self._source[self._position : place]
        self._text.append(f"{start}{inside}{end if start else ''}")
        self._position = place + len(end)

    def _skip_groups(self) -> None:
        for _ in range(6):
            match = _GROUP.match(self._source, self._position)
            if not match:
                return
            before = self._position
            if match[0].endswith("]"):
                self._position = match.end()
            elif not self._group() and self._position == before:
                return

    def _group(self) -> str:
        """What is between the braces that come next; "" when there are none."""
        match = _GROUP.match(self._source, self._position)
        if match and match[0].endswith("]"):  # \section[short]{long}
            self._position = match.end()
            match = _GROUP.match(self._source, self._position)
        if not match or match[0].endswith("]") or self._unclosed >= _MAX_UNCLOSED:
            return ""
        start = match.end() + 1
        depth = 0
        for brace in _BRACE.finditer(self._source, match.end(), match.end() + _MAX_GROUP_CHARS):
            depth += {"{": 1, "}": -1}.get(brace[0], 0)
            if not depth:
                self._position = brace.end()
                return self._source[start : brace.start()]
        self._unclosed += 1
        return ""

    def _end_part(self) -> None:
        text = _BLANK_LINES.sub(_blank_line, _BLANKS.sub(_one_blank, "".join(self._text)))
        if not self.parts:
            text = text.lstrip()
        self._text = []
        if text:
            self.parts.append((text, None))


def _one_blank(match: re.Match[str]) -> str:
    return "\n" if match[0].endswith("\n") else " "


def _blank_line(match: re.Match[str]) -> str:
    return "\n- " if match[1] else "\n\n"
