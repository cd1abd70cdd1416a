"""Adds, replaces, removes and merges until it is killed, and says of each batch when it is committed.

    python -m tests.index_writer_child DIRECTORY FIRST_BATCH

What a batch is follows from its number, so that everybody knows what must be in the index after it.
"""

import sys
import zlib
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from index_store import Addition
from tests.index_contents import addition, open_writer

LIFETIMES = (1, 2, 3, 5, 9, 20, 40, 60)  # batches after which a document is removed
OFTEN = 7  # documents that a later batch replaces
LARGE = 25  # every so many batches one is large
BATCH_OF = "batch{}"  # a word that only this batch has


def batch(number: int) -> list[Addition]:
    """New documents with up to three passages each, and another version of two."""
    word = BATCH_OF.format(number)
    documents = [addition(path(number, place), *_texts(number, place)) for place in range(_size(number))]
    versions = (f"/corpus/often{number % OFTEN}.txt", "/corpus/current.txt")
    return [*documents, *(addition(version, f"version {word}", f"{number}") for version in versions)]


def removals(number: int) -> list[str]:
    return [path(born, place) for born, place in _born_before(number) if born + _lifetime(born, place) == number]


def merges(number: int) -> bool:
    """Whether everything is merged after this batch, and not only what a commit merges by the way."""
    return number % 11 == 10


def expected_after(last: int) -> dict[str, list[str]]:
    """Path -> texts of all that must be in the index after a batch."""
    alive = [*_born_before(last + 1)] if last >= 0 else []
    found = {path(born, place): _texts(born, place) for born, place in alive if born + _lifetime(born, place) > last}
    for number in range(max(0, last - OFTEN), last + 1):
        found |= {each.document.path: [chunk.text for chunk in each.chunks] for each in batch(number)[-2:]}
    return found


def path(number: int, place: int) -> str:
    return f"/corpus/{number}-{place}.txt"


def _born_before(number: int) -> Iterator[tuple[int, int]]:
    for born in range(max(0, number - max(LIFETIMES)), number):
        yield from ((born, place) for place in range(_size(born)))


def _size(number: int) -> int:
    return 120 if number % LARGE == LARGE - 1 else 1 + zlib.crc32(b"%d" % number) % 4


def _lifetime(number: int, place: int) -> int:
    return LIFETIMES[zlib.crc32(b"%d %d" % (number, place)) % len(LIFETIMES)]


def _texts(number: int, place: int) -> list[str]:
    return [f"{BATCH_OF.format(number)} place{place} passage{row}" for row in range((number + place) % 4)]


def main() -> None:
    with open_writer(Path(sys.argv[1])) as writer:
        for number in count(int(sys.argv[2])):
            writer.commit(batch(number), removals=removals(number))
            sys.stdout.write(f"{number}\n")
            sys.stdout.flush()
            if merges(number):
                writer.compact()


if __name__ == "__main__":
    main()
