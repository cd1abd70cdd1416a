"""Folders of broken and hostile files; benchmarks/hostile_corpus.py has the launcher read them."""

import contextlib
import os
import random
import shutil
import socket
import stat
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from hostile_files import FILMS, PDFS, PICTURES
from hostile_samples import write_changed
from hostile_texts import BOMBS, LOCKED, NESTED

Content = Callable[[Path], None] | str | bytes

SPARSE_BYTES = 100 << 30
CHANGE_S = 0.02
SLOW = {  # these may each cost a worker its time limit
    "a gigabyte of blanks.docx",
    "a gigabyte of strings.xlsx",
    "a chapter of a gigabyte.epub",
    "a gigabyte.gz",
    "forms that draw each other 2^40 times.pdf",
    "stream of three filters.pdf",
    "eight million objects.pdf",
    "hundred million objects.pdf",
    "an endless page among three.pdf",
    "every byte at random.txt",
    "one line of 50 MB.js",
}
NAMES = (
    "two\nlines.txt",
    "\x1b[31mred\x07.txt",
    "-rf.txt",
    "$(touch gone) `touch gone`; touch gone.txt",
    "'quotes' \"and\" more.txt",
    "    .txt",
    "\u202etxt.exe.txt",
    "<img src=x onerror=alert(1)>.txt",
    "[bold]markup[].txt",
    "CON.txt",
    "no suffix",
    "trailing dot.",
    "\N{FAMILY}\u0301\u0301\u0301.txt",
    "%s%n{0}.txt",
    "x" * 251 + ".txt",
)
BYTE_NAMES = (b"caf\xe9.txt", b"\xff\xfe.pdf", b"\xed\xa0\x80.txt", b"\xc0\xaf.txt", b"n" * 250 + b"\xff.txt")


def write_corpus(folder: Path, originals: Sequence[Path], *, but_not: Collection[str] = ()) -> None:
    """All of them, in folders by what is wrong with them.

    Args:
        folder: Where.
        originals: Sound files, which are damaged and given wrong names.
        but_not: Names of folders and files that are not made.
    """
    contents = {"pdf": PDFS, "pictures": PICTURES, "films": FILMS, "bombs": BOMBS, "nested": NESTED, "locked": LOCKED}
    writers: dict[str, Callable[[Path], None]] = {
        name: partial(_write, contents=files, but_not=but_not) for name, files in contents.items()
    }
    writers |= {"changed": write_changed, "nodes": _write_nodes, "names": _write_names, "sparse": _write_sparse}
    writers |= {"damaged": partial(_write_damaged, originals=originals)}
    writers |= {"lying": partial(_write_lying, originals=originals)}
    for name in writers.keys() - set(but_not):
        writers[name](folder / name)


def _write(folder: Path, contents: Mapping[str, Content], but_not: Collection[str]) -> None:
    folder.mkdir(parents=True)
    for name in contents.keys() - set(but_not):
        content = contents[name]
        if callable(content):
            content(folder / name)
        else:
            (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)


def _write_damaged(folder: Path, originals: Sequence[Path]) -> None:
    """Each original cut off, with flipped bits, empty, and without its beginning."""
    folder.mkdir(parents=True)
    source = random.Random(1)
    for number, original in enumerate(originals):
        data = original.read_bytes()
        flipped = bytearray(data)
        for _ in range(1 + len(data) // 500):
            flipped[source.randrange(len(data))] ^= 1 << source.randrange(8)
        damages = {
            "cut": data[: len(data) * 2 // 3],
            "flipped": bytes(flipped),
            "empty": b"",
            "late": data[len(data) // 3 :],
        }
        for damage, content in damages.items():
            (folder / f"{number} {damage}{original.suffix}").write_bytes(content)


def _write_lying(folder: Path, originals: Sequence[Path]) -> None:
    """Each original under a name that promises the format of the next."""
    folder.mkdir(parents=True)
    by_suffix = sorted({original.suffix: original for original in originals}.items())
    for number, (suffix, original) in enumerate(by_suffix):
        promised, _ = by_suffix[(number + 7) % len(by_suffix)]
        shutil.copyfile(original, folder / f"{number} is a {suffix[1:]}{promised}")
    (folder / "a text.jpg").write_text("Not a picture at all.")
    (folder / "a picture.txt").write_bytes(PICTURES["100000 x 100000.png"])


def _write_nodes(folder: Path) -> None:
    """Pipes, sockets, links that lead in circles, and devices where one may make them."""
    (folder / "deep").mkdir(parents=True)
    os.mkfifo(folder / "pipe.txt")
    with socket.socket(socket.AF_UNIX) as listener, contextlib.chdir(folder):  # its path must be short
        listener.bind("socket.txt")
    links = {"a.txt": "b.txt", "b.txt": "a.txt", "self.txt": "self.txt", "deep/up": "..", "deep/root": "/"}
    links |= {"zero.txt": "/dev/zero", "nowhere.txt": "gone", "memory.txt": "/proc/self/mem"}
    for name, target in links.items():
        (folder / name).symlink_to(target)
    if os.geteuid() == 0:
        os.mknod(folder / "zeros.txt", stat.S_IFCHR | 0o666, os.makedev(1, 5))
        os.mknod(folder / "disk.txt", stat.S_IFBLK | 0o600, os.makedev(7, 200))


def _write_names(folder: Path) -> None:
    folder.mkdir(parents=True)
    for name in (*map(os.fsencode, NAMES), *BYTE_NAMES):
        with contextlib.suppress(OSError):  # not every file system takes all of them
            Path(os.fsdecode(os.path.join(os.fsencode(folder), name))).write_text("A name as nobody would choose it.")
    deep = folder
    with contextlib.suppress(OSError):
        while len(os.fsencode(deep)) < 3_500:
            deep = deep / ("d" * 200)
            deep.mkdir()
        (deep / "far down.txt").write_text("Hard to reach.")


def _write_sparse(folder: Path) -> None:
    """Files that claim 100 GB and take none."""
    heads = {
        "txt": b"Once upon a time",
        "pdf": b"%PDF-1.7\n",
        "docx": b"PK\x03\x04",
        "zip": b"PK\x03\x04",
        "csv": b"a,b\n",
    }
    heads |= {
        "mp4": b"\0\0\0\x18ftypisom",
        "png": b"\x89PNG\r\n\x1a\n",
        "tar": b"",
        "html": b"<html>",
        "eml": b"From: a\n",
        "mbox": b"From a\n\nx\n",
        "mkv": b"\x1aE\xdf\xa3\x9fB\x86\x81\x01",
        "mp3": b"ID3\x04\0\0\x7f\x7f\x7f\x7f",
        "m4a": b"\0\0\0\x18ftypM4A ",
        "heic": b"\0\0\0\x18ftypheic",
        "dng": b"II*\0\x08\0\0\0",
        "tif": b"MM\0*\0\0\0\x08",
        "msg": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "json": b"[",
        "srt": b"1\n00:00:00,000 --> 00:00:01,000\nx\n",
    }
    folder.mkdir(parents=True)
    for suffix, head in heads.items():
        with (folder / f"100 gigabytes.{suffix}").open("wb") as file:
            file.write(head)
            file.truncate(SPARSE_BYTES)


@contextmanager
def changing(folder: Path, originals: Sequence[Path]) -> Iterator[None]:
    """Files that are rewritten, cut off, replaced and deleted for as long as the context lasts."""
    folder.mkdir(parents=True, exist_ok=True)
    chosen = [original for original in originals if original.stat().st_size > 1000][:10]
    contents = [
        (folder / f"{number}{original.suffix}", original.read_bytes()) for number, original in enumerate(chosen)
    ]
    for path, data in contents:
        path.write_bytes(data)
    stop = threading.Event()

    def change() -> None:
        source = random.Random(2)
        while not stop.wait(CHANGE_S):
            path, data = source.choice(contents)
            act = source.choice(("write", "cut", "grow", "replace", "delete"))
            with contextlib.suppress(OSError):
                if act == "write":
                    path.write_bytes(data)
                elif act == "cut":
                    os.truncate(path, len(data) // 2)
                elif act == "grow":
                    with path.open("ab") as file:
                        file.write(data)
                elif act == "replace":
                    aside = path.with_suffix(".tmp")
                    aside.write_bytes(data)
                    aside.replace(path)
                else:
                    path.unlink()

    thread = threading.Thread(target=change)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
