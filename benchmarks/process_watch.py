"""What a process and all that it starts take of memory while it runs, and which of them are still there."""

import contextlib
import os
import threading
from pathlib import Path
from typing import Self

_INTERVAL_S = 0.1
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class Watch:
    """Looks at a tree of processes ten times a second; made for `with`.

    `own_bytes` is the most that the process itself held, `child_bytes` the most of any one that it started,
    `total_bytes` of all together, pages that they share counted several times.
    """

    def __init__(self, pid: int) -> None:
        self.own_bytes = self.child_bytes = self.total_bytes = 0
        self._pid = pid
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._stop.wait(_INTERVAL_S):
            sizes = {pid: _resident_bytes(pid) for pid in tree(self._pid)}
            self.own_bytes = max(self.own_bytes, sizes.pop(self._pid, 0))
            self.child_bytes = max(self.child_bytes, *sizes.values(), 0)
            self.total_bytes = max(self.total_bytes, sum(sizes.values()) + self.own_bytes)


def processes_with(text: str) -> list[str]:
    """The command lines of all processes that were started with `text` in their environment."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            is_other = int(folder.name) != os.getpid()
            if is_other and text.encode() in (folder / "environ").read_bytes():
                found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
    return found


def tree(root: int) -> list[int]:
    """A process and all below it."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(folder.name))
    tree = [root]
    for pid in tree:  # it grows on the way
        tree += children.get(pid, [])
    return tree


def _resident_bytes(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_BYTES
    except OSError:
        return 0
