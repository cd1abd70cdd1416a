"""A set of documents that may be most of all: one bit each, where a set of ids takes a microsecond each to make."""

from collections.abc import Iterable, Iterator, Mapping, Set
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from index_store.records import DocumentId


class DocumentSet(Set[DocumentId]):
    """Like a set of ids.

    Args:
        masks: (documents,) for every segment of one snapshot, by its number.
    """

    def __init__(self, masks: Mapping[int, NDArray[np.bool_]]) -> None:
        self.masks = masks

    def __contains__(self, document: object) -> bool:
        if not isinstance(document, tuple):
            return False
        number, row = document
        return number in self.masks and bool(self.masks[number][row])

    def __iter__(self) -> Iterator[DocumentId]:
        for number, mask in self.masks.items():
            yield from map(DocumentId, repeat(number), np.flatnonzero(mask).tolist())

    def __len__(self) -> int:
        return sum(int(np.count_nonzero(mask)) for mask in self.masks.values())

    @classmethod
    def _from_iterable(cls, documents: Iterable[DocumentId]) -> Set[DocumentId]:  # type: ignore[override]
        return set(documents)
