"""Commits batch after batch until it is killed, and says of each when it is committed.

python -m tests.index_writer_child DIRECTORY FIRST_BATCH
"""

import sys
from itertools import count
from pathlib import Path

from index_store import Addition
from tests.index_contents import addition, open_writer

LIFETIME = 6  # batches after which a batch's second document is removed


def batch(number: int) -> list[Addition]:
    """Two new documents, and another version of one that every batch replaces."""
    return [
        addition(f"/corpus/{number}-stays.txt", *(f"staying batch{number} passage{row}" for row in range(3))),
        addition(f"/corpus/{number}-goes.txt", f"going batch{number}"),
        addition("/corpus/current.txt", f"current batch{number}"),
    ]


def removals(number: int) -> list[str]:
    return [f"/corpus/{number - LIFETIME}-goes.txt"]


def main() -> None:
    with open_writer(Path(sys.argv[1])) as writer:
        for number in count(int(sys.argv[2])):
            writer.commit(batch(number), removals=removals(number))
            sys.stdout.write(f"{number}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
