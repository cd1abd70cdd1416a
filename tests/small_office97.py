"""Writes the smallest honest OLE documents: Word and PowerPoint before 2007, and a message of Outlook."""

import struct
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from small_documents import SENTENCE

_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
CREATED = datetime(2024, 5, 1, 12, 30, tzinfo=UTC)


def filetime(moment: datetime = CREATED) -> int:
    return int((moment - datetime(1601, 1, 1, tzinfo=UTC)).total_seconds()) * 10_000_000


def write_ole(path: Path, streams: Mapping[str, bytes]) -> None:
    """A compound file of `streams` by their names, those of storages before a slash; short ones in the mini stream."""
    entries = _entries(streams)
    minis = [entry for entry in entries if entry["data"] is not None and len(entry["data"]) < 4096]
    larges = [entry for entry in entries if entry["data"] is not None and len(entry["data"]) >= 4096]
    mini_stream, mini_fat = b"", []
    for entry in minis:
        entry["sector"] = len(mini_fat) if entry["data"] else _END
        mini_fat += _chain(len(mini_fat), -(-len(entry["data"]) // 64))
        mini_stream += _padded(entry["data"], 64)
    entries[0]["data"], entries[0]["sector"] = mini_stream, 0
    parts = [_padded(_packed(mini_fat), 512, b"\xff"), mini_stream, *(entry["data"] for entry in larges)]
    directory_sectors = -(-len(entries) // 4)
    sectors = directory_sectors + sum(-(-len(part) // 512) for part in parts)
    fat_sectors = -(-sectors // 127)
    fat = [*[_FAT] * fat_sectors, *_chain(fat_sectors, directory_sectors)]
    for part, owner in zip(parts, [None, entries[0], *larges], strict=True):
        if owner:
            owner["sector"] = len(fat) if part else _END
        fat += _chain(len(fat), -(-len(part) // 512))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<5H6x", 0x3E, 3, 0xFFFE, 9, 6)
    mini_fat_start = fat_sectors + directory_sectors if mini_fat else _END
    mini_fat_sectors = len(parts[0]) // 512
    header += struct.pack("<9L", 0, fat_sectors, fat_sectors, 0, 4096, mini_fat_start, mini_fat_sectors, _END, 0)
    header += struct.pack("<109L", *range(fat_sectors), *[_FREE] * (109 - fat_sectors))
    directory = _padded(b"".join(map(_directory_entry, entries)), 512)
    body = b"".join(_padded(part, 512) for part in parts)
    path.write_bytes(header + _packed(fat).ljust(512 * fat_sectors, b"\xff") + directory + body)


def _entries(streams: Mapping[str, bytes]) -> list[dict]:
    tree: dict = {}
    for name, data in streams.items():
        *folders, last = name.split("/")
        place = tree
        for folder in folders:
            place = place.setdefault(folder, {})
        place[last] = data
    entries: list[dict] = []

    def add(name: str, value: dict | bytes, kind: int) -> int:
        number = len(entries)
        is_folder = isinstance(value, dict)
        entry = {"name": name, "kind": kind, "data": None if is_folder else value, "sector": _END}
        entries.append(entry | {"child": _FREE, "right": _FREE})
        before = None
        for inner, content in value.items() if is_folder else ():
            child = add(inner, content, 1 if isinstance(content, dict) else 2)
            if before is None:
                entries[number]["child"] = child
            else:
                entries[before]["right"] = child
            before = child
        return number

    add("Root Entry", tree, 5)
    return entries


def _chain(start: int, count: int) -> list[int]:
    return [*range(start + 1, start + count), _END] if count else []


def _packed(numbers: list[int]) -> bytes:
    return struct.pack(f"<{len(numbers)}L", *numbers)


def _padded(data: bytes, size: int, filler: bytes = b"\0") -> bytes:
    return data + filler * (-len(data) % size)


def _directory_entry(entry: dict) -> bytes:
    name = (entry["name"] + "\0").encode("utf-16-le")
    head = name.ljust(64, b"\0") + struct.pack("<HBB", len(name), entry["kind"], 1)
    links = struct.pack("<3L", _FREE, entry["right"], entry["child"])
    return head + links + bytes(36) + struct.pack("<LQ", entry["sector"], len(entry["data"] or b""))


def summary(title: str = "Fox report", *, codepage: int = 1252) -> bytes:
    """A property set with title and creation date."""
    encoded = title.encode(f"cp{codepage}") + b"\0"
    values = [
        struct.pack("<LHH", 2, codepage, 0),
        struct.pack("<2L", 0x1E, len(encoded)) + _padded(encoded, 4),
        struct.pack("<LQ", 0x40, filetime()),
    ]
    table, position = b"", 8 + 8 * len(values)
    for number, value in zip((1, 2, 12), values, strict=True):
        table += struct.pack("<2L", number, position)
        position += len(value)
    section = struct.pack("<2L", position, len(values)) + table + b"".join(values)
    return struct.pack("<HHL16xL16xL", 0xFFFE, 0, 0, 1, 48) + section


def word_streams(*pieces: str, flags: int = 0, lengths: tuple[int, ...] = ()) -> dict[str, bytes]:
    """A Word 97 document of these pieces: in 8 bits where that will do, else in 16."""
    text, places, stored = b"", [0], []
    for piece in pieces:
        start = 1024 + len(text)
        is_narrow = all(ord(char) < 128 for char in piece)
        stored.append(struct.pack("<HLH", 0, (start * 2) | 1 << 30 if is_narrow else start, 0))
        text += piece.encode("cp1252" if is_narrow else "utf-16-le")
        places.append(places[-1] + len(piece))
    plc = _packed(places) + b"".join(stored)
    table = b"\x01" + struct.pack("<H", 3) + b"xyz" + b"\x02" + struct.pack("<L", len(plc)) + plc
    main = bytearray(1024) + text
    struct.pack_into("<HH6xH", main, 0, 0xA5EC, 0xC1, flags | 0x200)
    main[0x4C : 0x4C + 32] = _packed([*(lengths or (places[-1],)), *[0] * 8])[:32]
    struct.pack_into("<2L", main, 0x1A2, 0, len(table))
    return {"WordDocument": bytes(main), "1Table": table, "\x05SummaryInformation": summary()}


def write_doc(path: Path) -> None:
    table = "\rfox\x07naps\x07\x07"
    link = "\x13 HYPERLINK secret \x14a link\x15\r"
    write_ole(path, word_streams(SENTENCE + "\r", "Füchse schlafen – " + link, table))


def _record(kind: int, body: bytes, *, version: int = 0, instance: int = 0) -> bytes:
    return struct.pack("<HHL", version | instance << 4, kind, len(body)) + body


def _container(kind: int, *parts: bytes, instance: int = 0) -> bytes:
    return _record(kind, b"".join(parts), version=0xF, instance=instance)


def _text(text: str) -> bytes:
    return _record(0x0FA0, text.encode("utf-16-le"))


def powerpoint_streams(*, token: int = 0xE391C05F) -> dict[str, bytes]:
    """Two slides in the opposite order of where they are stored, the first with notes and a comment; an old third."""
    comment = _container(
        0x2EE0, _record(0x0FBA, "Ada".encode("utf-16-le")), _record(0x0FBA, _wide("Wake it?"), instance=1)
    )
    tags = _container(0x1388, _container(0x138A, _record(0x138B, comment)))
    slides = {
        2: _container(0x03EE, _slide_atom(), _container(0xF00D, _record(0x0FA8, b"A box, too"))),
        3: _container(0x03EE, _slide_atom(notes=700), _text("*"), tags),
        4: _container(0x03F0, _record(0x03F1, bytes(8)), _text("Do not wake it")),
        5: _container(0x03EE, _text("Deleted long ago")),
    }
    listed = _container(0x0FF0, _slide_place(3, 256), _text(SENTENCE), _slide_place(2, 257), _text("Shown last"))
    masters = _container(0x0FF0, _slide_place(9, 300), _text("Click to edit"), instance=1)
    notes = _container(0x0FF0, _slide_place(4, 700), instance=2)
    parts = {1: _container(0x03E8, _record(0x03E9, bytes(40)), masters, listed, notes), **slides}
    data, places = b"", []
    for number in range(1, 6):
        places.append(len(data))
        data += parts[number]
    table = len(data)
    data += _record(0x1772, struct.pack("<L5L", 1 | 5 << 20, *places))
    edit = len(data)
    data += _record(0x0FF5, struct.pack("<7L", 0, 0, 0, table, 1, 6, 0))
    user = _record(0x0FF6, struct.pack("<3L", 20, token, edit))
    return {"PowerPoint Document": data, "Current User": user, "\x05SummaryInformation": summary()}


def _wide(text: str) -> bytes:
    return text.encode("utf-16-le")


def _slide_atom(notes: int = 0) -> bytes:
    return _record(0x03EF, struct.pack("<L8x3L", 0, 0, notes, 0))


def _slide_place(part: int, identity: int) -> bytes:
    return _record(0x03F3, struct.pack("<5L", part, 0, 1, identity, 0))


def write_ppt(path: Path) -> None:
    write_ole(path, powerpoint_streams())


def _properties(numbers: Mapping[int, int], head_bytes: int) -> bytes:
    return bytes(head_bytes) + b"".join(struct.pack("<HHLQ", 3, key, 0, value) for key, value in numbers.items())


def _texts(texts: Mapping[int, str], prefix: str = "") -> Iterator[tuple[str, bytes]]:
    return ((f"{prefix}__substg1.0_{key:04X}001F", _wide(text)) for key, text in texts.items())


def message_streams(**more: bytes) -> dict[str, bytes]:
    """A message to one, with one in copy and an attachment. `more` are further streams by type and number."""
    streams = {"__properties_version1.0": _properties({0x0039: filetime()}, 32)}
    streams |= _texts({0x0037: "Füchse", 0x0C1A: "Ada", 0x5D01: "ada@example.org"})
    people = (("Ben", "ben@example.org", 1), ("Cleo", "/O=HERE/CN=CLEO", 2))
    for number, (name, address, role) in enumerate(people):
        place = f"__recip_version1.0_#{number:08X}/"
        streams |= _texts({0x3001: name, 0x39FE: address}, place)
        streams[place + "__properties_version1.0"] = _properties({0x0C15: role}, 8)
    streams |= _texts({0x3707: "zoo.pdf"}, "__attach_version1.0_#00000000/")
    return streams | {f"__substg1.0_{key.removeprefix('p')}": data for key, data in more.items()}


def write_msg(path: Path) -> None:
    write_ole(path, message_streams(p1000001F=_wide(SENTENCE)))
