"""Pages to chunks: passages that fit the embedder and end where a reader would pause."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice, repeat
from typing import NamedTuple

from corpus import Chunk, Page
from extraction.sections import Sections, context_of, sections_of

OVERLAP_TOKENS = 40  # that neighbours share
MAX_CHUNKS = 256  # of one document: about a hundred pages of a book
CONTEXT_SHARE = 4  # a chunk's context has at most this part of its tokens: a quarter

# How good a place to cut is, after a word. A section ends where a heading follows.
_INSIDE_WORD, _WORD, _SENTENCE, _LINE, _PARAGRAPH, _SECTION = range(6)

# Scripts written without blanks, where a cut between any two characters will do: kana, Chinese, Hangul.
_UNSPACED = (
    "\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uff9d\U00020000-\U0003ffff"
)
_CLOSING = (
    "\u3001\u3002\uff0c\uff0e\uff01\uff1f\uff1b\uff1a\u300d\u300f\u3011\uff09\u201d\u2019"  # stays with what it closes
)
_PIECE_CHARS = 64  # a longer "word" (a key, a path, base64) is several pieces, kept together where possible
_PIECE = re.compile(rf"([{_UNSPACED}][{_CLOSING}]*|[^\s{_UNSPACED}]{{1,{_PIECE_CHARS}}})(\s*)")
_SENTENCE_ENDS = frozenset(".!?…\u3002\uff0e\uff01\uff1f")
_QUOTES = frozenset("\"')]»\u201d\u2019\u300d\u300f\uff09")  # a sentence may end inside them


class _Piece(NamedTuple):
    """A word, or a part of one that must not be torn off without need."""

    start_char: int
    end_char: int
    tokens: int
    cut: int  # how good a place the end is to cut


class _Sizes(NamedTuple):
    max_tokens: int
    overlap_tokens: int
    count_tokens: Callable[[str], int]


def split(
    pages: Sequence[Page],
    *,
    max_tokens: int,
    overlap_tokens: int,
    count_tokens: Callable[[str], int],
    limit: int = MAX_CHUNKS,
) -> list[Chunk]:
    """Split pages into chunks of at most `max_tokens`, neighbours sharing up to `overlap_tokens`.

    A chunk ends before a heading, else at a paragraph, a line, a sentence, a word, whichever is the
    best in its second half; a word is torn only where it is longer than a chunk. Nothing of what is
    before a heading is shared with what follows it. The headings above a chunk are its context. Where
    `limit` cuts something off, every page keeps its first chunks; of more pages than `limit`, evenly
    spaced ones are kept.

    Args:
        pages: In order. Their text is not changed: `chunk.text == page.text[start:end]`.
        max_tokens: Of `Chunk.embedded_text`, without the tokens a model adds around a text.
        overlap_tokens: Less than `max_tokens`.
        count_tokens: Tokens of a text, none added around it. Called once per different word and
            context, and once per chunk, for no more text than is kept.
        limit: At most this many chunks.

    Returns:
        Chunks in reading order, never an empty one; none for pages without text.
    """
    if not 0 <= overlap_tokens < max_tokens:
        raise ValueError("overlap_tokens must be at least 0 and less than max_tokens")
    sizes = _Sizes(max_tokens, overlap_tokens, _remembered(count_tokens))
    all_pages = zip(pages, sections_of(pages), strict=True)
    written = [(page, sections) for page, sections in all_pages if page.text and not page.text.isspace()]
    step = max(1.0, len(written) / limit)
    chosen = [written[int(number * step)] for number in range(min(limit, len(written)))]
    chunks = list(islice(_in_turn([_page_chunks(page, sections, sizes) for page, sections in chosen]), limit))
    return sorted(chunks, key=lambda chunk: (chunk.page_number, chunk.start_char))


def _remembered(count_tokens: Callable[[str], int]) -> Callable[[str], int]:
    """`count_tokens`, asked once per text: a document repeats nine in ten of its words."""
    known: dict[str, int] = {}

    def count(word: str) -> int:
        tokens = known.get(word)
        if tokens is None:
            tokens = known[word] = count_tokens(word)
        return tokens

    return count


def _in_turn(sources: list[Iterator[Chunk]]) -> Iterator[Chunk]:
    """The first of every source, then the second of every source, and so on."""
    while sources:
        remaining = []
        for source in sources:
            if (chunk := next(source, None)) is not None:
                yield chunk
                remaining.append(source)
        sources = remaining


def _page_chunks(page: Page, sections: Sections | None, sizes: _Sizes) -> Iterator[Chunk]:
    window = _Window(page, sections, sizes)
    for piece in _pieces(page.text, sections.starts if sections else (), sizes):
        while not window.has_room(piece):
            if chunk := window.take():
                yield chunk
        window.add(piece)
    while window.has_news:
        if chunk := window.take(is_last=True):
            yield chunk


class _Window:
    """Pieces of a page that are in no chunk yet, after those that the chunk before has too."""

    def __init__(self, page: Page, sections: Sections | None, sizes: _Sizes) -> None:
        self._page = page
        self._sections = sections
        self._sizes = sizes
        self._pieces: list[_Piece] = []
        self._shared = 0  # how many of the pieces overlap with the chunk before
        self._tokens = 0
        self._context = ""  # of a chunk that begins with the first piece
        self._room_tokens = sizes.max_tokens  # beside the context

    @property
    def has_news(self) -> bool:
        return len(self._pieces) > self._shared

    def has_room(self, piece: _Piece) -> bool:
        return not self._pieces or self._tokens + piece.tokens <= self._room_tokens

    def add(self, piece: _Piece) -> None:
        self._pieces.append(piece)
        self._tokens += piece.tokens
        if len(self._pieces) == 1:
            self._look_above()

    def take(self, *, is_last: bool = False) -> Chunk | None:
        """The next chunk; None when beside the overlap there was no room for a whole word, and it was given up."""
        cut = len(self._pieces) if is_last else self._best_cut(len(self._pieces))
        # Words are counted one by one; together they may be a token more, and one too many is refused.
        while cut > max(1, self._shared) and not self._fits(self._chunk(cut)):
            cut = self._best_cut(cut - 1)
        chunk = self._chunk(cut) if cut > self._shared else None
        if chunk and chunk.context and not self._fits(chunk):  # a single word, nearly as long as a chunk
            chunk = replace(chunk, context="")
        start = _overlap_start(self._pieces, cut, self._sizes.overlap_tokens) if chunk else cut
        self._pieces, self._shared = self._pieces[start:], cut - start
        self._tokens = sum(piece.tokens for piece in self._pieces)
        self._look_above()
        return chunk

    def _look_above(self) -> None:
        if self._sections is None or not self._pieces:
            return
        limit, count_tokens = self._sizes.max_tokens, self._sizes.count_tokens
        headings = self._sections.above(self._pieces[0].start_char)
        self._context = context_of(headings, max_tokens=limit // CONTEXT_SHARE, count_tokens=count_tokens)
        self._room_tokens = limit - count_tokens(self._context + "\n") if self._context else limit

    def _fits(self, chunk: Chunk) -> bool:
        return self._sizes.count_tokens(chunk.embedded_text) <= self._sizes.max_tokens

    def _best_cut(self, end: int) -> int:
        return _best_cut(self._pieces[:end], self._shared, self._room_tokens)

    def _chunk(self, cut: int) -> Chunk:
        start, end = self._pieces[0].start_char, self._pieces[cut - 1].end_char
        page = self._page
        return Chunk(page.page_number, start, end, page.text[start:end], self._context, page.second)


def _best_cut(pieces: list[_Piece], shared: int, max_tokens: int) -> int:
    """How many pieces go into the chunk: up to the best pause in its second half, else to the last word.

    It is more than `shared`, the number that the chunk before has too; `shared` itself where none
    of the new ones ends a word, and all of them where there is no overlap to give up either.
    """
    best, best_cut, tokens = shared, _WORD, 0
    for number, piece in enumerate(pieces, start=1):
        tokens += piece.tokens
        # In the first half every pause is as good as another: the longer chunk wins.
        cut = piece.cut if tokens * 2 >= max_tokens else min(piece.cut, _WORD)
        if number > shared and cut >= best_cut:
            best, best_cut = number, cut
    return best or len(pieces)


def _overlap_start(pieces: list[_Piece], cut: int, overlap_tokens: int) -> int:
    """Where the next chunk starts: whole words back from the cut, as many as the overlap has room for.

    It does not go back over the end of a section.
    """
    start, number = cut, cut
    while number > 1 and (overlap_tokens := overlap_tokens - pieces[number - 1].tokens) >= 0:
        if pieces[number - 1].cut == _SECTION:
            break
        number -= 1
        if pieces[number - 1].cut:
            start = number
    return start


def _pieces(text: str, headings: Sequence[int], sizes: _Sizes) -> Iterator[_Piece]:
    upcoming = chain(headings, repeat(len(text) + 1))
    heading = next(upcoming)
    for match in _PIECE.finditer(text):
        word, blank = match.groups()
        start, tokens = match.start(), sizes.count_tokens(word)
        if tokens > sizes.max_tokens:
            *parts, word = _torn(word, sizes)
            for part in parts:
                yield _Piece(start, start + len(part), max(1, sizes.count_tokens(part)), _INSIDE_WORD)
                start += len(part)
            tokens = sizes.count_tokens(word)
        if blank not in ("", " "):  # a single blank belongs to the word after it, in every tokenizer
            tokens += sizes.count_tokens(blank[:_PIECE_CHARS])
        cut = _cut_after(word, blank)
        if heading <= match.end():
            cut = _SECTION if heading == match.end() else cut
            heading = next(start for start in upcoming if start > match.end())
        yield _Piece(start, start + len(word), max(1, tokens), cut)


def _torn(word: str, sizes: _Sizes) -> list[str]:
    """A word longer than a chunk, by characters."""
    if len(word) == 1 or sizes.count_tokens(word) <= sizes.max_tokens:
        return [word]
    half = len(word) // 2
    return _torn(word[:half], sizes) + _torn(word[half:], sizes)


def _cut_after(word: str, blank: str) -> int:
    if "\n" in blank:
        return _PARAGRAPH if blank.count("\n") > 1 else _LINE
    if not blank and len(word) == _PIECE_CHARS:
        return _INSIDE_WORD
    last = word[-2:-1] if word[-1] in _QUOTES else word[-1]
    return _SENTENCE if last in _SENTENCE_ENDS else _WORD
