"""FictionBook (.fb2, also in a ZIP): one page per chapter, with its title as a heading."""

from collections.abc import Iterator
from pathlib import Path
from xml.parsers import expat

from errors import DocumentError
from extraction.headings import joined
from extraction.reading import MAX_TEXT_CHARS, Reading, capped_pages, iso_date
from extraction.zip_package import open_package

_BLOCK_BYTES = 1 << 20
_MAX_DEPTH = 100
_PAGE_DEPTH = 2  # of sections: a part and its chapters are pages, what is inside a chapter is not

# What ends a line, and how.
_MARKS = {
    **dict.fromkeys(("p", "subtitle", "text-author", "cite", "author", "annotation", "table"), "\n\n"),
    **dict.fromkeys(("v", "stanza", "empty-line", "tr"), "\n"),
}
_WORDS = frozenset({"td", "th", "first-name", "middle-name", "last-name", "nickname"})  # apart from the next ones
_UNSEEN = frozenset({"binary", "stylesheet", "publish-info", "document-info", "custom-info"})
_SEEN_OF_DESCRIPTION = frozenset({"annotation", "author"})


class _Listener:
    """Collects pages as parts: texts, and the level of those that are titles."""

    def __init__(self) -> None:
        self.pages: list[list[tuple[str, int | None]]] = [[]]
        self.title = ""
        self.created = ""
        self.chars = 0
        self._path: list[str] = []
        self._line: list[str] = []
        self._heading: list[str] = []  # lines of a title that is not at its end
        self._hidden = 0
        self._sections = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition("}")[2]
        self._path.append(local)
        if len(self._path) > _MAX_DEPTH:
            raise ValueError("elements within elements without an end")
        if self._hidden or local in _UNSEEN:
            self._hidden += 1
        elif local == "section":
            self._sections += 1
            if self._sections <= _PAGE_DEPTH and self.pages[-1]:
                self.pages.append([])
        elif local == "date" and "title-info" in self._path:
            self.created = iso_date(attributes.get("value", ""))

    def end(self, name: str) -> None:
        local = name.rpartition("}")[2]
        if self._hidden:
            self._hidden -= 1
        elif local in _MARKS:
            self._end_line(_MARKS[local])
        elif local in _WORDS:
            self._line.append(" ")
        elif local == "title" and self._heading:
            level = None if "poem" in self._path else max(self._sections, 1)
            self.pages[-1].append(("\n".join(self._heading) + "\n\n", level))
            self._heading = []
        self._sections -= local == "section"
        self._path.pop()

    def data(self, text: str) -> None:
        if self._hidden:
            return
        if self._path[-1] == "book-title" and "title-info" in self._path:
            self.title += text
        elif "description" not in self._path or not _SEEN_OF_DESCRIPTION.isdisjoint(self._path):
            self._line.append(text)

    def _end_line(self, mark: str) -> None:
        line = " ".join("".join(self._line).split())
        self._line = []
        self.chars += len(line)
        if "title" in self._path:
            self._heading.extend([line] if line else [])
        elif line or (self.pages[-1] and not self.pages[-1][-1][0].endswith("\n\n")):
            self.pages[-1].append((line + mark if line else "\n", None))


def read(path: Path) -> Reading:
    """Title, date and text of a book; of a damaged one, what stands before the damage."""
    listener = _Listener()
    is_whole = _heard(path, listener)
    texts, headings, truncated = capped_pages(joined(parts) for parts in listener.pages)
    if not any(texts) and not is_whole:
        raise DocumentError(path, "damaged: nothing to read in it")
    is_cut = truncated or not is_whole
    return Reading(texts, title=listener.title, created=listener.created, truncated=is_cut, headings=headings)


def _heard(path: Path, listener: _Listener) -> bool:
    """Parse a book as far as it goes; whether that was to its end."""
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler = listener.start
    parser.EndElementHandler = listener.end
    parser.CharacterDataHandler = listener.data
    try:
        for block in _blocks(path):
            parser.Parse(block)
            if listener.chars > MAX_TEXT_CHARS:
                return False
        parser.Parse(b"", True)
    except expat.ExpatError:
        return False
    return True


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        block = file.read(_BLOCK_BYTES)
        if not block.startswith(b"PK\x03\x04"):
            while block:
                yield block
                block = file.read(_BLOCK_BYTES)
            return
    with open_package(path) as package:
        yield from (package.read(name) for name in package.names if name.lower().endswith(".fb2"))


def _refuse_doctype(name: str, *_: object) -> None:
    """As in any container: a DTD is how entity bombs and foreign files come in."""
    raise ValueError(f"{name} has a DTD")
