"""Where a window goes on a screen; it knows no screen itself."""

from typing import NamedTuple

WIDTH_PX, HEIGHT_PX = 1100, 720  # of our window, where the screen has room for it


class Rect(NamedTuple):
    x: int
    y: int
    width: int
    height: int

    def holds(self, x: int, y: int) -> bool:
        return self.x <= x < self.x + self.width and self.y <= y < self.y + self.height


def centred(width: int, height: int, screen: Rect) -> tuple[int, int]:
    """The upper left corner of a window in the middle of `screen`; never above or left of that."""
    return screen.x + max(0, (screen.width - width) // 2), screen.y + max(0, (screen.height - height) // 2)
