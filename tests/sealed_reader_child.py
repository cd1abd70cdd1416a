"""Looks at an index over and over while another process encrypts or decrypts it, until its input ends.

    python -m tests.sealed_reader_child DIRECTORY

Prints how many commits it looked at. Fails when one was not whole.
"""

import sys
import threading
from pathlib import Path

from index_store import read_index
from key_source import use_key_source
from tests.index_contents import contents
from tests.sealed_contents import KEY


def main() -> None:
    use_key_source(lambda _: KEY)
    is_over = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), is_over.set()), daemon=True).start()
    snapshot = read_index(Path(sys.argv[1]))
    expected, looks = contents(snapshot), 0
    while not is_over.is_set():
        assert not snapshot.notice, snapshot.notice
        assert contents(snapshot) == expected
        assert contents(read_index(snapshot.directory)) == expected
        looks += 1
        sys.stdout.write(f"{looks}\n")
        sys.stdout.flush()
        snapshot = snapshot.refreshed()


if __name__ == "__main__":
    main()
