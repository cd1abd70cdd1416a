"""Lines that were recognised in a picture, put into the order in which a person reads them.

It knows where lines stand and what they say, and nothing of how they were found.
"""

import re
import statistics
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Boxes = NDArray[np.float32]  # (n, 4, 2): x and y of the four corners of each line, clockwise from the top left one

_PROSE_CHARS = 12  # lines as long as this, side by side, are columns of a page; shorter ones are cells of a table
_LEAST_LINES = 3  # of a column
_GUTTER = 0.5  # in heights of a line: what parts two columns
_PARAGRAPH = 0.8  # in heights of a line: what parts two paragraphs
_BROKEN_WORD = re.compile(r"(?<=[^\W\d_])-\n(?=[^\W\d_A-Z])")


class Line(NamedTuple):
    """Text, and where it stands on the upright page."""

    text: str
    left: float
    top: float
    right: float
    bottom: float

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2

    @property
    def height(self) -> float:
        return self.bottom - self.top


def sides(boxes: Boxes) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Width and height of each box, as long as the longer of two opposite sides: (n,) each."""
    sides = np.linalg.norm(boxes - np.roll(boxes, -1, axis=1), axis=2)  # (n, 4): top, right, bottom, left
    return np.maximum(sides[:, 0], sides[:, 2]), np.maximum(sides[:, 1], sides[:, 3])


def is_upended(boxes: Boxes) -> NDArray[np.bool_]:
    """Which lines run down or up the picture: (n,)."""
    widths, heights = sides(boxes)
    return heights >= 1.5 * widths  # as rapidocr decides it: such a line it turns to the left before it reads it


def upright(boxes: Boxes, is_turned: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Left, top, right and bottom of each line as they would be were the page upright: (n, 4).

    The page is turned by what most of its lines, by their length, run along; what is askew becomes straight.

    Args:
        boxes: (n, 4, 2), n at least 1.
        is_turned: Which lines stand on their heads, or would if they were turned to the left: (n,).
    """
    upended = is_upended(boxes)
    ends = np.where(upended[:, None], boxes[:, 3], boxes[:, 1])
    along = (ends - boxes[:, 0]) * np.where(is_turned, -1, 1)[:, None]  # (n, 2), as long as each line
    groups = [group for group in (upended, ~upended) if group.any()]
    x, y = max((along[group].sum(axis=0) for group in groups), key=lambda sum_: float(np.hypot(*sum_)))
    length = max(float(np.hypot(x, y)), 1e-6)
    turn = np.array([[x, -y], [y, x]], np.float32) / length  # to where a line goes, and to what is below it
    corners = boxes @ turn  # (n, 4, 2)
    return np.concatenate([corners.min(axis=1), corners.max(axis=1)], axis=1)


def in_reading_order(lines: Sequence[Line]) -> str:
    """The text of a page: column by column, what stands on one height in one line, a blank one between paragraphs."""
    blocks, pending = [], [list(lines)]
    while pending:
        block = pending.pop()
        parts = _columns(block) or _above_and_below(block)
        pending.extend(reversed(parts))
        if not parts and block:
            blocks.append(_text(block))
    return _BROKEN_WORD.sub("", "\n\n".join(blocks))


def _columns(lines: list[Line]) -> list[list[Line]]:
    """The two sides of a gutter that no line crosses, where both are prose; else nothing."""
    ordered = sorted(lines, key=lambda line: line.left)
    gap = _GUTTER * _usual_height(lines)
    right = -np.inf
    for number, line in enumerate(ordered):
        if line.left - right > gap and all(map(_is_prose, (ordered[:number], ordered[number:]))):
            return [ordered[:number], ordered[number:]]
        right = max(right, line.right)
    return []


def _is_prose(lines: list[Line]) -> bool:
    return len(lines) >= _LEAST_LINES and statistics.median(len(line.text) for line in lines) >= _PROSE_CHARS


def _above_and_below(lines: list[Line]) -> list[list[Line]]:
    """What stands above and below the widest gap, where something keeps columns below or above it together."""
    if not _has_neighbours(lines):
        return []
    ordered = sorted(lines, key=lambda line: line.top)
    widest, cut, bottom = 0.0, 0, ordered[0].bottom
    for number, line in enumerate(ordered[1:], start=1):
        if line.top - bottom > widest:
            widest, cut = line.top - bottom, number
        bottom = max(bottom, line.bottom)
    return [ordered[:cut], ordered[cut:]] if cut else []


def _has_neighbours(lines: list[Line]) -> bool:
    """Whether there may be columns: enough long lines that have another one beside them."""
    rows = [[line for line in row if len(line.text) >= _PROSE_CHARS] for row in _rows(lines)]
    return sum(len(row) > 1 for row in rows) >= _LEAST_LINES


def _text(lines: list[Line]) -> str:
    height = _usual_height(lines)
    text, bottom = "", np.inf
    for row in _rows(lines):
        between = "\n\n" if min(line.top for line in row) - bottom > _PARAGRAPH * height else "\n"
        text += (between if text else "") + " ".join(line.text for line in row)
        bottom = max(line.bottom for line in row)
    return text


def _rows(lines: list[Line]) -> list[list[Line]]:
    """Lines that stand on one height, from the left; the rows from the top."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: line.middle):
        if rows and line.middle - rows[-1][0].middle < min(line.height, rows[-1][0].height) / 2:
            rows[-1].append(line)
        else:
            rows.append([line])
    return [sorted(row, key=lambda line: line.left) for row in rows]


def _usual_height(lines: list[Line]) -> float:
    return statistics.median(line.height for line in lines) if lines else 0.0
