"""What watching told, waited for."""

import time
from pathlib import Path

from watching import open_watch

PATIENCE_S = 60.0


class Heard:
    """Every call that a watch made; `until` waits for one."""

    def __init__(self) -> None:
        self.dirty: list[str] = []
        self.new: list[str] = []
        self.lost: list[str] = []

    def watch(self, *roots: Path, **options):
        options.setdefault("is_left_out", lambda folder: folder.endswith("node_modules"))
        return open_watch(
            roots, on_dirty=self.dirty.append, on_new=self.new.append, on_lost=self.lost.append, **options
        )

    def until(self, heard: str, path: Path) -> bool:
        """Whether `path` was told as that, at the latest when nobody would wait any longer."""
        return in_time(lambda: str(path) in getattr(self, heard))

    def settled(self, root: Path) -> None:
        """All that happened in `root` before was told: it comes in order."""
        last = root / f"the last of {len(self.dirty)}"
        last.write_text("")
        assert self.until("dirty", last)


def in_time(holds) -> bool:
    """Whether it holds, sooner or later."""
    end_s = time.monotonic() + PATIENCE_S
    while not holds():
        if time.monotonic() > end_s:
            return False
        time.sleep(0.005)
    return True


def watches_of_this_process() -> int:
    """As the kernel counts them."""
    texts = [path.read_text() for path in Path("/proc/self/fdinfo").iterdir() if path.exists()]
    return sum(text.count("inotify wd:") for text in texts)
