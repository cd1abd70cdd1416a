"""Which paragraph styles of a Word document are headings: told by their outline level, their name, or what they are
based on. Names of Word's own styles are English in every language; their ids are not."""

import re
from contextlib import suppress
from xml.parsers import expat

from errors import DocumentError
from extraction.zip_package import Package

_HEADING_NAME = re.compile(r"heading ?([1-9])")
_TITLE_NAME = "title"
_MAX_ANCESTORS = 10  # a style may be based on itself


class _StyleListener:
    """Collects what each style says of itself while XML is parsed."""

    def __init__(self) -> None:
        self.styles: dict[str, dict[str, str]] = {}
        self._style: dict[str, str] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition("}")[2]
        if local == "style":
            self._style = self.styles.setdefault(attribute(attributes, "styleId"), {})
        elif local in ("name", "basedOn", "outlineLvl"):
            self._style[local] = attribute(attributes, "val")

    def end(self, name: str) -> None:
        pass

    def data(self, text: str) -> None:
        pass


def attribute(attributes: dict[str, str], local: str) -> str:
    """The value of an attribute by its local name; "" without it."""
    return next((value for name, value in attributes.items() if name.rpartition("}")[2] == local), "")


def heading_levels(package: Package, part: str) -> dict[str, int]:
    """Level by style id, 0 for titles; of a part that is missing or damaged, what can be told."""
    listener = _StyleListener()
    with suppress(DocumentError, expat.ExpatError, ValueError):  # a document can be read without its styles
        package.feed(part, listener)
    levels = {identity: _level(listener.styles, identity) for identity in listener.styles}
    return {identity: level for identity, level in levels.items() if level is not None}


def level_of_outline(value: str) -> int | None:
    """The level that `w:outlineLvl` means: "0" is 1, and "9" is body text."""
    return int(value) + 1 if value in tuple("012345678") else None


def _level(styles: dict[str, dict[str, str]], identity: str) -> int | None:
    for _ in range(_MAX_ANCESTORS):
        style = styles.get(identity, {})
        name = style.get("name", "").lower()
        if "outlineLvl" in style:
            return level_of_outline(style["outlineLvl"])
        if name == _TITLE_NAME:
            return 0
        if match := _HEADING_NAME.fullmatch(name):
            return int(match[1])
        identity = style.get("basedOn", "")
    return None
