"""Watching the roots: says where to look, never what is true. That is read from the disk.

The only importer of watchdog. It knows no index, no rules and no documents.

On Linux the events come from an emitter of our own (`emitter`), elsewhere from watchdog's. Whatever is not watched,
and whatever was lost, is left to sweeps: `SweepTimes` says when. What is told goes through `Dirt`, which waits until it
rests.
"""

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from watching.dirt import Dirt, Taken
from watching.sweep_times import SweepTimes, awake_s
from watching.telling import Listeners

if sys.platform == "linux":
    from watching.linux import Unwatched, Watching, watch_folders
else:
    from watching.elsewhere import Watching, watch_folders

__all__ = ["Dirt", "SweepTimes", "Taken", "Watch", "awake_s", "open_watch"]


class Watch:
    """Roots that are watched until `close`. Opened by `open_watch`.

    Attributes:
        roots: All of them, also those that are not there at the moment.
    """

    def __init__(self, roots: Sequence[Path], asked: Sequence[Path], watching: "Watching | Unwatched") -> None:
        self.roots = tuple(roots)
        self._asked = tuple(asked)
        self._watching = watching

    @property
    def polled(self) -> tuple[Path, ...]:
        """Roots of which sweeps see more than watching does. There may come to be more; `on_lost` is called then."""
        return (*self._asked, *map(Path, self._watching.polled))

    @property
    def notices(self) -> tuple[str, ...]:
        """What a person should know, with the command that helps."""
        return self._watching.notices

    def close(self) -> None:
        """End it; nothing is told any more once this returns. Not to be called by what is told."""
        self._watching.close()


def open_watch(  # noqa: PLR0913 - who is told what, and two limits
    roots: Sequence[Path],
    *,
    on_dirty: Callable[[str], None],
    on_lost: Callable[[str], None],
    is_left_out: Callable[[str], bool],
    on_new: Callable[[str], None] | None = None,
    polled: Sequence[Path] = (),
    most_folders: int | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Watch:
    """Begin to watch; what happens from the return on is told, from other threads, which wait while a callback runs.

    A root that goes away is told as lost, and again when it is back, within seconds; under macOS and Windows only
    that it went, and it is not watched again before the next `open_watch`. Costs the time to list all folders on Linux.

    Args:
        on_dirty: Look at this path: a file that came, changed or went, or a folder that came or went with all in it.
        on_lost: Events of this root were lost, or more of it is polled from now on: sweep it.
        is_left_out: Of a folder under a root: neither it nor what is in it is told, and it costs no watch.
        on_new: A file that came and may still be written; `on_dirty` if not given, which on Linux tells its closing.
        polled: Those of `roots` that are left to sweeps: on network and removable drives others write, or nobody tells.
        most_folders: So many watches are used at most, where the system counts them.
        should_stop: Asked while folders are listed; then the rest is not watched, and `close` comes next.
    """
    listeners = Listeners(on_dirty, on_new or on_dirty, on_lost, is_left_out)
    watched = [os.path.abspath(root) for root in roots if root not in polled]
    return Watch(roots, polled, watch_folders(watched, listeners, most=most_folders, should_stop=should_stop))
