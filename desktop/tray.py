"""An icon among those of the desktop, to show the window and to quit; never the only way to do either.

A child process has the icon: it wants a main thread and a loop of its own on every desktop. Started as a program, this
module is that child.
"""

import threading
from collections.abc import Callable
from typing import Any

from desktop.child import READY, Child, end_with_parent, say
from desktop.window import NAME

_SHOW, _QUIT = "show", "quit"
_SIDE_PX = 64


class Tray:
    """An icon that is there until `stop` is called."""

    def __init__(self, child: Child) -> None:
        self.stop = child.stop


def start_tray(on_show: Callable[[], None], on_quit: Callable[[], None]) -> Tray | None:
    """Put the icon there; the callbacks come from a thread of their own.

    Returns:
        None where there is no pystray, or no desktop. One that has no place for icons does not say so.
    """
    actions = {_SHOW: on_show, _QUIT: on_quit}
    child = Child("desktop.tray", [], lambda word: actions[word]())
    return Tray(child) if child.start() == READY else None


def _run() -> None:
    """What the child does; where there is no pystray or no desktop it dies, and its parent knows."""
    import pystray

    menu = pystray.Menu(
        pystray.MenuItem("Show", lambda: say(_SHOW), default=True),
        pystray.MenuItem("Quit", lambda: say(_QUIT)),
    )
    icon = pystray.Icon(NAME, _picture(), NAME, menu)
    threading.Thread(target=end_with_parent, daemon=True).start()
    icon.run(_begin)


def _begin(icon: Any) -> None:
    icon.visible = True
    if type(icon).__module__ == "pystray._xorg":
        _ask_for_clicks(icon)
    say(READY)


def _ask_for_clicks(icon: Any) -> None:
    """What pystray 0.19.5 forgets under X11, where its icon would be there and do nothing."""
    from Xlib import X

    icon._window.change_attributes(event_mask=X.ButtonPressMask | X.ExposureMask | X.StructureNotifyMask)
    icon._display.flush()


def _picture() -> Any:
    """A magnifying glass."""
    from PIL import Image, ImageDraw

    picture = Image.new("RGBA", (_SIDE_PX, _SIDE_PX))
    draw = ImageDraw.Draw(picture)
    draw.line((38, 38, 57, 57), fill="#3584e4", width=11)
    draw.ellipse((6, 6, 46, 46), fill="#ffffff", outline="#3584e4", width=7)
    return picture


if __name__ == "__main__":
    _run()
