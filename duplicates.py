"""Copies and versions of one document among the hits of a search: one of them is shown, the others stand behind it.

Decided between the hits alone, from what the index knows of them; nothing is compared with the rest of the index.
"""

import os
import re
from collections.abc import Collection, Iterable
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from embeddings import Embeddings, Vector
from index_store import DocumentId, DocumentRecord, Snapshot
from picture_hash import from_text, is_comparable
from ranking import Ranked

# How much of their text two documents must share, as word triples of what both have: the less their names say of it.
VERSION_SHARE = 0.5  # in one folder, and their names differ by a date, a number of a version, "final" and such
NAMESAKE_SHARE = 0.8  # the same in another folder, where every project has its README
TWIN_SHARE = 0.9  # whatever they are called
NUMBERS_SHARE = 0.5  # of their numbers: last month's invoice has the words of this month's
SAME_PASSAGE = 0.85  # cosine of what was found in both; else the texts are not read
SAME_PICTURE_BITS = 6  # of the 64 of a layout, where the names are alike

_LEAST_TRIPLES = 8  # fewer say nothing
_LEAST_NUMBERS = 3
_CHUNKS_READ = 16  # of a document: about ten pages
_SIZES = 2.0  # one text is at most so many times as long as the other
_LOOKED_AT = 100  # hits, at least
_NEAR_TIE = 0.9  # of the best one's chance

# What people and programs add to a name when they make another version of a file, or a copy.
_VERSION = re.compile(
    r"""(?: [\s_.-]* \(\d{1,3}\) | [\s_.-]+ (?:
        copy(?:\s\d+)? | v(?:er(?:sion)?)?[\s_.-]?\d+(?:[._]\d+)* | rev(?:ision)?[\s_.-]?\d+
        | final | draft | old | new | orig(?:inal)? | edited | signed | clean | backup | bak
        | neu | alt | entwurf | kopie
        | \d{4}[-_.]?\d\d[-_.]?\d\d(?:[t_\s-]\d{4,6})? | \d\d\.\d\d\.\d{4}
    ) )$""",
    re.VERBOSE,
)
_COPY_OF = re.compile(r"^(?:copy of|kopie von)\s+")
_WORDS = re.compile(r"\w+")
_WORDS_OF_NAME = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"\d[\d.,:/-]*\d")


class Group(NamedTuple):
    """One hit, and what stands behind it, best first."""

    shown: Ranked
    others: tuple[Ranked, ...]


class _Document:
    """What is known of one hit; what costs is read when it is needed, and once."""

    def __init__(self, snapshot: Snapshot, ranked: Ranked) -> None:
        self._snapshot = snapshot
        self.ranked = ranked
        self.record: DocumentRecord = snapshot.document(ranked.document)
        self.folder, name = os.path.split(self.record.path)
        self.name = plain_name(name)

    @cached_property
    def passage(self) -> Vector | None:
        """The embedding of the chunk that was found."""
        chunk = self.ranked.chunk
        segment = self._snapshot.segment(chunk.segment) if chunk else None
        if chunk is None or segment is None:
            return None
        return np.asarray(segment.embeddings[chunk.row], np.float32)

    @cached_property
    def _text(self) -> str:
        chunks = map(self._snapshot.chunk, self._snapshot.chunks_of(self.ranked.document)[:_CHUNKS_READ])
        return "\n".join(chunk.text for chunk in chunks if chunk.page_number).casefold()

    @cached_property
    def triples(self) -> set[tuple[str, ...]]:
        words = _WORDS.findall(self._text)
        return set(zip(words, words[1:], words[2:], strict=False))

    @cached_property
    def numbers(self) -> set[str]:
        return set(_NUMBER.findall(self._text))


class _Groups:
    """The groups so far, each behind the document that founded it."""

    def __init__(self) -> None:
        self.all: list[list[_Document]] = []
        self._by_content: dict[str, int] = {}
        self._by_name: dict[str, list[int]] = {}
        self._passages: Embeddings | None = None  # (room, dim), of which the first ones are there
        self._passage_groups: list[int] = []

    def found(self, document: _Document, *, is_alone: bool) -> None:
        place = len(self.all)
        self.all.append([document])
        if is_alone:
            return
        if content := _content_of(document):
            self._by_content[content] = place
        self._by_name.setdefault(document.name, []).append(place)
        if document.passage is not None:
            self._note_passage(document.passage)
            self._passage_groups.append(place)

    def of(self, document: _Document) -> list[_Document] | None:
        """The group that a document belongs to."""
        place = self._by_content.get(_content_of(document))
        if place is not None:
            return self.all[place]
        near = sorted({*self._by_name.get(document.name, ()), *self._near(document)})
        return next((self.all[place] for place in near if _are_versions(self.all[place][0], document)), None)

    def _note_passage(self, passage: Vector) -> None:
        count = len(self._passage_groups)
        if self._passages is None:
            self._passages = np.empty((_LOOKED_AT, len(passage)), dtype=np.float32)
        elif count == len(self._passages):
            self._passages = np.concatenate([self._passages, np.empty_like(self._passages)])
        self._passages[count] = passage

    def _near(self, document: _Document) -> list[int]:
        if document.passage is None or self._passages is None:
            return []
        cosines = self._passages[: len(self._passage_groups)] @ document.passage
        return [self._passage_groups[place] for place in np.flatnonzero(cosines >= SAME_PASSAGE).tolist()]


def collapsed(
    snapshot: Snapshot, ranked: Iterable[Ranked], *, limit: int, alone: Collection[DocumentId] = ()
) -> list[Group]:
    """The hits in groups, in the order of the best of each.

    What is shown of a group is the best one; of those nearly as good, the one that was changed last.

    Args:
        ranked: Best first. Not all may be looked at.
        limit: At most this many groups.
        alone: These stand for themselves.
    """
    groups = _Groups()
    for seen, one in enumerate(ranked):
        document, is_alone = _Document(snapshot, one), one.document in alone
        known = None if is_alone else groups.of(document)
        if known is not None:
            known.append(document)
        elif len(groups.all) < limit:
            groups.found(document, is_alone=is_alone)
        elif seen >= _LOOKED_AT:
            break
    return [_group(documents) for documents in groups.all]


def _group(documents: list[_Document]) -> Group:
    best = documents[0].ranked.chance
    near_ties = [document for document in documents if document.ranked.chance >= _NEAR_TIE * best]
    shown = max(near_ties, key=lambda document: document.record.mtime_ns)
    return Group(shown.ranked, tuple(document.ranked for document in documents if document is not shown))


def _content_of(document: _Document) -> str:
    return document.record.content_hash if document.record.size_bytes else ""


def _are_versions(one: _Document, other: _Document) -> bool:
    if one.record.kind == "picture" or other.record.kind == "picture":
        return one.name == other.name and _look_alike(one.record.picture_hash, other.record.picture_hash)
    if not _could_share(one.record.text_chars, other.record.text_chars):
        return False
    shares = (VERSION_SHARE if one.folder == other.folder else NAMESAKE_SHARE, TWIN_SHARE)
    if _shared(one.triples, other.triples, _LEAST_TRIPLES) < shares[one.name != other.name]:
        return False
    are_few = min(len(one.numbers), len(other.numbers)) < _LEAST_NUMBERS
    return are_few or _shared(one.numbers, other.numbers, _LEAST_NUMBERS) >= NUMBERS_SHARE


def _could_share(one_chars: int, other_chars: int) -> bool:
    return 0 < max(one_chars, other_chars) <= _SIZES * min(one_chars, other_chars)


def _shared(one: set[Any], other: set[Any], least: int) -> float:
    """What both have as a share of what either has; 0 where there is less than `least` to go by."""
    either = len(one | other)
    return len(one & other) / either if either >= least else 0.0


def _look_alike(one: str, other: str) -> bool:
    if not (is_comparable(one) and is_comparable(other)):
        return False
    return (from_text(one).layout ^ from_text(other).layout).bit_count() <= SAME_PICTURE_BITS


@lru_cache(maxsize=1 << 14)  # the same documents come at every key press
def plain_name(name: str) -> str:
    """A file name without its ending and without what tells versions and copies apart.

    Example:
        `Copy of Report_v2 final.docx`, `report (1).pdf` and `Report 2024-03-01.odt` are all `report`.
    """
    stem = _COPY_OF.sub("", Path(name).stem.casefold())
    while (shorter := _VERSION.sub("", stem)) and shorter != stem:
        stem = shorter
    return " ".join(_WORDS_OF_NAME.findall(stem)) or stem
