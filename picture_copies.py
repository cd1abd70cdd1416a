"""Copies of a picture among those of the index, for a model that sees nothing: all that it can find by a picture.

Found are copies that were resized, recompressed, recoloured, cropped, mirrored or turned by quarters, or that have a
border or a caption now. What shows the same thing in another picture is not.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from index_store import DocumentId, Snapshot
from index_store.document_records import DocumentRecords
from picture_hash import (
    FEATURE,
    STEPS_PER_OCTAVE,
    STEPS_PER_TURN,
    PictureHash,
    from_text,
    is_comparable,
    mirrored,
    orientations,
)

NOTICE = "This model does not see: only copies of the picture are found."

# How many of a million other pictures look as much like a copy by chance (benchmarks/copies_found.py): with a layout
# that differs in so many of its 63 bits at most, and with so many features at least that agree on where they lie.
_BY_LAYOUT = {4: 0.1, 6: 0.2, 8: 0.7, 10: 8, 12: 41}
_BY_FEATURES = {7: 0.1, 6: 0.9, 5: 4.8, 4: 14, 3: 93}
LEAST_CHANCE = 0.1  # less is not worth showing

_NEAR_BITS = 8  # of 64: features that differ in no more may be the same
_LOOKED_AT = 60  # pictures of which it is seen whether their features agree
_BLOCK = 8_192  # features compared at once: small enough for the processor's cache

# What agreeing features may be off, by what detectors are, and by a picture that was turned by a few degrees.
_OFF_PX, _OFF_PER_PX = 6.0, 0.2
_OFF_OCTAVES, _OFF_RADIANS = 0.6, 0.4
_PLACE_PX = 4  # closer features are one place


class _Pictures(NamedTuple):
    """The pictures of a segment, or of several."""

    documents: NDArray[np.int64]  # (p, 2): segment and row
    layouts: NDArray[np.uint64]  # (p,)
    features: NDArray[np.void]  # (f,) FEATURE, of one picture after the other
    owners: NDArray[np.int64]  # (f,), their pictures, as places in `documents`


class PictureCopies:
    """Finds copies; what it has read of a segment it keeps, 700 bytes per picture."""

    def __init__(self) -> None:
        self._by_segment: dict[int, tuple[DocumentRecords, _Pictures]] = {}
        self._all = _joined([])

    def chances(self, snapshot: Snapshot, picture_hash: str) -> dict[DocumentId, float]:
        """The documents that may be copies of a picture, with the chance that each is one."""
        if not is_comparable(picture_hash):
            return {}
        self._follow(snapshot)
        live = {segment.number: segment.live_documents for segment in snapshot.segments}
        found: dict[DocumentId, float] = {}
        for picture, per_million in _likenesses(self._all, from_text(picture_hash)).items():
            document = DocumentId(*self._all.documents[picture].tolist())
            chance = 1 / (1 + len(self._all.documents) * per_million / 1e6)
            if chance >= LEAST_CHANCE and live[document.segment][document.row]:
                found[document] = chance
        return found

    def _follow(self, snapshot: Snapshot) -> None:
        """Read the segments that are new; removing documents makes none."""
        before = self._by_segment
        self._by_segment = {}
        for segment in snapshot.segments:
            known = before.get(segment.number)
            if known is None or known[0] is not segment.documents:
                known = segment.documents, _pictures_of(segment.number, segment.documents.picture_hashes())
            self._by_segment[segment.number] = known
        if self._by_segment != before:
            self._all = _joined([pictures for _, pictures in self._by_segment.values()])


def _pictures_of(segment: int, hashes: Iterable[tuple[int, str]]) -> _Pictures:
    known = [(row, from_text(text)) for row, text in hashes if is_comparable(text)]
    counts = [len(picture_hash.features) for _, picture_hash in known]
    return _Pictures(
        documents=np.array([(segment, row) for row, _ in known], np.int64).reshape(-1, 2),
        layouts=np.array([picture_hash.layout for _, picture_hash in known], np.uint64),
        features=np.concatenate([np.empty(0, FEATURE), *(picture_hash.features for _, picture_hash in known)]),
        owners=np.repeat(np.arange(len(known)), counts),
    )


def _joined(parts: Sequence[_Pictures]) -> _Pictures:
    starts = [0, *accumulate(len(part.documents) for part in parts)][:-1]
    return _Pictures(
        documents=np.concatenate([np.empty((0, 2), np.int64), *(part.documents for part in parts)]),
        layouts=np.concatenate([np.empty(0, np.uint64), *(part.layouts for part in parts)]),
        features=np.concatenate([np.empty(0, FEATURE), *(part.features for part in parts)]),
        owners=np.concatenate(
            [np.empty(0, np.int64), *(part.owners + start for part, start in zip(parts, starts, strict=True))]
        ),
    )


def _likenesses(pictures: _Pictures, wanted: PictureHash) -> dict[int, float]:
    """Which pictures are like it, and how many of a million others would be as much."""
    apart = np.bitwise_count(pictures.layouts ^ orientations(wanted.layout)[:, None]).min(axis=0)  # (p,)
    alike = {
        picture: next(rate for bits, rate in _BY_LAYOUT.items() if apart[picture] <= bits)
        for picture in np.flatnonzero(apart <= max(_BY_LAYOUT)).tolist()
    }
    for features, is_mirrored in ((wanted.features, False), (mirrored(wanted.features), True)):
        for picture, count in _agreeing_features(pictures, features, is_mirrored=is_mirrored):
            rate = next((rate for least, rate in _BY_FEATURES.items() if count >= least), math.inf)
            alike[picture] = min(rate, alike.get(picture, math.inf))
    return alike


def _agreeing_features(
    pictures: _Pictures, wanted: NDArray[np.void], *, is_mirrored: bool
) -> Iterator[tuple[int, int]]:
    """The pictures that share most features with `wanted`, and how many of these lie there as they do here."""
    ours, theirs = _near_pairs(wanted["bits"], pictures.features["bits"])
    owners = pictures.owners[theirs]
    sharing, shared = np.unique(np.stack([owners, ours]), axis=1)  # (n,) pictures and features
    how_many = np.bincount(sharing, minlength=len(pictures.documents))
    # What many pictures have, such as the corner of a window, says little.
    rarity = 1 / np.sqrt(np.bincount(shared, minlength=len(wanted)).clip(min=1))
    votes = np.bincount(sharing, rarity[shared], minlength=len(pictures.documents))
    votes[how_many < min(_BY_FEATURES)] = 0
    for picture in np.argsort(-votes, kind="stable")[:_LOOKED_AT].tolist():
        if votes[picture]:
            pairs = owners == picture
            yield picture, _agreeing(wanted[ours[pairs]], pictures.features[theirs[pairs]], is_mirrored=is_mirrored)


def _near_pairs(ours: NDArray[np.uint64], theirs: NDArray[np.uint64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Which of `ours` is near which of `theirs`: places, (n,) each."""
    found = [(np.empty(0, np.intp), np.empty(0, np.intp))]
    for start in range(0, len(theirs), _BLOCK):
        block = np.ascontiguousarray(theirs[start : start + _BLOCK])
        is_near = np.bitwise_count(ours[:, None] ^ block) <= _NEAR_BITS
        row, column = np.divmod(np.flatnonzero(is_near), len(block))  # np.nonzero takes three times as long as all else
        found.append((row, column + start))
    rows, columns = zip(*found, strict=True)
    return np.concatenate(rows), np.concatenate(columns)


def _agreeing(ours: NDArray[np.void], theirs: NDArray[np.void], *, is_mirrored: bool) -> int:
    """How many places of one picture lie in the other where one move, turn and enlargement brings them.

    Args:
        ours, theirs: (n,) FEATURE, what is the same in both.
    """
    sign = -1 if is_mirrored else 1
    x, y = sign * ours["x"].astype(np.float32), ours["y"].astype(np.float32)
    half_turn = STEPS_PER_TURN // 2 if is_mirrored else 0
    turned = (theirs["angle"] - (half_turn + sign * ours["angle"].astype(np.float32))) * (2 * np.pi / STEPS_PER_TURN)
    octaves = (theirs["size"].astype(np.float32) - ours["size"]) / STEPS_PER_OCTAVE
    # Row i: where each place of ours would be if pair i told how to move, turn and enlarge.
    scale = 2.0 ** octaves[:, None]  # (n, 1)
    cosine, sine = scale * np.cos(turned)[:, None], scale * np.sin(turned)[:, None]
    dx, dy = x - x[:, None], y - y[:, None]  # (n, n)
    off_x = theirs["x"].astype(np.float32)[:, None] + cosine * dx - sine * dy - theirs["x"]
    off_y = theirs["y"].astype(np.float32)[:, None] + sine * dx + cosine * dy - theirs["y"]
    apart = (turned - turned[:, None] + np.pi) % (2 * np.pi) - np.pi
    agrees = (
        (np.hypot(off_x, off_y) <= _OFF_PX + _OFF_PER_PX * scale * np.hypot(dx, dy))
        & (np.abs(octaves - octaves[:, None]) <= _OFF_OCTAVES)
        & (np.abs(apart) <= _OFF_RADIANS)
    )
    best = agrees[np.argmax(agrees.sum(axis=1))]
    return min(_place_count(ours[best]), _place_count(theirs[best]))


def _place_count(features: NDArray[np.void]) -> int:
    return len(set(zip((features["x"] // _PLACE_PX).tolist(), (features["y"] // _PLACE_PX).tolist(), strict=True)))
