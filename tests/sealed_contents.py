"""An index with something of every kind in it, and a look at whether any of it can be read from the disk."""

from collections.abc import Collection
from pathlib import Path

from corpus import Thumbnail
from index_store import Root, Snapshot, pieces_under, read_index, thumbnails
from index_store.remains import RawSearch
from tests.index_contents import addition, contents, open_writer, paths_named, texts_with

KEY = bytes(range(100, 132))
KEY_ID = "key-of-the-tests"
PICTURE = bytes(range(256)) * 20
CHANGED, REMOVED, SMALL = "/docs/zanzibar-3.txt", "/docs/zanzibar-5.txt", "/docs/small-note.txt"


def fill(directory: Path) -> None:
    """A segment with codes, of which a document was removed and another changed; a small one; words; a picture."""
    texts = {f"/docs/zanzibar-{number}.txt": _texts(number) for number in range(300)}
    with open_writer(directory) as writer:
        writer.commit([addition(path, *each) for path, each in texts.items()], roots=[Root(path="/docs")])
        writer.commit([addition(CHANGED, "changed quuxiliary passage"), addition(SMALL, "a small wardrobe note")])
        writer.commit(removals=[REMOVED])
        with thumbnails.writing(directory) as pictures:
            record = writer.snapshot.find(SMALL)[1]
            pictures.put(thumbnails.key_of(record), [Thumbnail(1, PICTURE, None)], drawn_by=1)


def _texts(number: int) -> list[str]:
    return [f"the combination quuxiliary{number} is written under drawer {row} of the wardrobe" for row in (1, 2)]


def everything(snapshot: Snapshot) -> tuple[object, ...]:
    """What a reader gets from it: documents, texts, embeddings, words, names and pictures."""
    assert not snapshot.notice, snapshot.notice
    return (
        contents(snapshot),
        snapshot.roots,
        sorted(texts_with(snapshot, "quuxiliary7")),
        sorted(paths_named(snapshot, "zanzibar-17")),
        snapshot.thumbnail(SMALL),
    )


def pieces_of(directory: Path) -> dict[bytes, str]:
    """What its documents would be known by, each with its kind."""
    return {piece.data: piece.what for piece in pieces_under(read_index(directory), "/docs/")}


def kinds_on_disk(directory: Path, pieces: dict[bytes, str]) -> dict[str, Collection[str]]:
    """Which kinds of pieces can be read from the raw bytes of which files, as somebody without the key would."""
    search = RawSearch(pieces)
    files = [path for path in directory.rglob("*") if path.is_file()]
    found = {path.name: {pieces[each] for each in search.found_in_blocks([path.read_bytes()])} for path in files}
    return {name: kinds for name, kinds in found.items() if kinds}


def flip(path: Path, place: int | None = None) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2 if place is None else place] ^= 0x20
    path.write_bytes(data)


def segment_file(directory: Path, name: str) -> Path:
    """That of the largest segment."""
    return max(directory.glob(f"segments/*/{name}"), key=lambda path: path.stat().st_size)
