"""A ZIP container from a stranger: member by member, within limits, its XML without a DTD.

Limits are those of Tika and Recoll. The sizes a ZIP declares may lie, but `zipfile` reads no
further than the declared size, so the limits hold for a liar too.
"""

import posixpath
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self
from xml.etree import ElementTree as ET
from xml.parsers import expat

from errors import DocumentError
from extraction.kinds import OLE_MAGIC
from extraction.zip_names import directory_bytes

MAX_MEMBER_BYTES = 64 << 20
MAX_TOTAL_BYTES = 512 << 20  # of all members that are read; the photos in a slide show are not
MAX_RATIO = 100
MAX_MEMBERS = 10_000
MAX_DIRECTORY_BYTES = 4 << 20  # beyond it there are more: an object is made of each before they are counted
_RATIO_MATTERS_BYTES = 8 << 20  # an honest sheet of equal rows packs well, but is not large


class XmlListener(Protocol):
    """Hears XML as it is parsed; names come as "namespace}local"."""

    def start(self, name: str, attributes: dict[str, str], /) -> None: ...
    def end(self, name: str, /) -> None: ...
    def data(self, text: str, /) -> None: ...


class Package:
    """The members of one ZIP container. Made by `open_package`, closed by `with`."""

    def __init__(self, path: Path, container: zipfile.ZipFile) -> None:
        self.path = path
        self.names = frozenset(container.namelist())
        self._container = container
        self._room_bytes = MAX_TOTAL_BYTES

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._container.close()

    def read(self, name: str) -> bytes:
        """All bytes of one member.

        Raises:
            DocumentError: It is missing, encrypted or beyond the limits.
        """
        if name not in self.names:
            raise DocumentError(self.path, f"damaged: {name} is missing")
        info = self._container.getinfo(name)
        if info.flag_bits & 1:
            raise DocumentError(self.path, "encrypted")
        self.check(info)
        self._room_bytes -= info.file_size
        return self._container.read(info)

    def stored_names(self) -> Iterator[tuple[str, bytes]]:
        """Of each member, in order, the name that `read` takes and the one that is stored."""
        for info in self._container.infolist():
            is_utf8 = info.flag_bits & 0x800
            yield info.filename, info.orig_filename.encode("utf-8" if is_utf8 else "cp437")

    def check(self, info: zipfile.ZipInfo) -> None:
        """Refuse a member that would unpack to too much."""
        is_bomb = info.file_size > _RATIO_MATTERS_BYTES and info.file_size > MAX_RATIO * info.compress_size
        if is_bomb or info.file_size > min(MAX_MEMBER_BYTES, self._room_bytes):
            raise DocumentError(self.path, f"too large: {info.filename} unpacks to {info.file_size >> 20} MB")

    def check_all(self, prefix: str) -> None:
        """`check` every member whose name begins so, for a reader that opens the file by itself."""
        for info in self._container.infolist():
            if info.filename.startswith(prefix):
                self.check(info)

    def feed(self, name: str, listener: XmlListener) -> None:
        """Parse one XML member of any size: `listener` hears every element, no tree is built."""
        parse_xml(self.read(name), listener)

    def xml(self, name: str) -> ET.Element:
        """The tree of one small XML member; an empty element when it is missing."""
        if name not in self.names:
            return ET.Element("missing")
        parser = ET.XMLParser(target=_StrictTree())
        parser.feed(self.read(name))
        root: ET.Element = parser.close()
        return root


def parse_xml(data: bytes, listener: XmlListener) -> None:
    """Have `listener` hear every element, as far as the XML is whole.

    Raises:
        ExpatError: It is broken.
        ValueError: It has a DTD.
    """
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler = listener.start
    parser.EndElementHandler = listener.end
    parser.CharacterDataHandler = listener.data
    parser.Parse(data, True)


class _StrictTree(ET.TreeBuilder):
    def doctype(self, name: str, pubid: str, system: str) -> None:
        _refuse_doctype(name, pubid, system)


def _refuse_doctype(name: str, *_: object) -> None:
    """XML in a container has no business with a DTD: it is how entity bombs and foreign files come in."""
    raise ValueError(f"{name} has a DTD")


def open_package(path: Path) -> Package:
    """Open a ZIP container.

    Raises:
        DocumentError: It is damaged, encrypted as a whole, or has too many members.
    """
    if directory_bytes(path) > MAX_DIRECTORY_BYTES:
        raise DocumentError(path, f"too large: more than {MAX_MEMBERS} members")
    try:
        container = zipfile.ZipFile(path)
    except zipfile.BadZipFile as error:
        with path.open("rb") as file:
            is_ole = file.read(8) == OLE_MAGIC
        raise DocumentError(path, "encrypted" if is_ole else "damaged: not a whole ZIP container") from error
    if len(container.infolist()) > MAX_MEMBERS:
        container.close()
        raise DocumentError(path, f"too large: more than {MAX_MEMBERS} members")
    return Package(path, container)


def resolve(base: str, target: str) -> str:
    """The member that `target` means when it is written in member `base`."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(base), target)).lstrip("/")
