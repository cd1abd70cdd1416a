"""Kill the index's writer at random moments, fill its disk, tear its manifest, and count what is lost: nothing may be.

    python benchmarks/kill_index.py [--kills 500] [--seed 1]

What each batch of the writer adds, replaces, removes and merges follows from its number (tests/index_writer_child.py),
so after each kill the whole index is compared with what was acknowledged: every document, every word of every chunk
and every number of every embedding. Meanwhile two other processes read it without a pause. Fails when anything
differs. The full disk is one of 3 MB in memory, which takes Linux and root; elsewhere that part is left out.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import _project  # noqa: F401

from errors import IndexUnwritable
from index_store import Snapshot, check_index, nearest, read_index
from settings import PROJECT_DIR
from tests.index_contents import addition, contents, embeddings_of, open_writer, write_index
from tests.index_writer_child import batch, expected_after

DISK = "3m"
BALLAST_BYTES = 1 << 19
TIMES_FULL = 20
READERS = 2


def start(module: str, *arguments: object) -> subprocess.Popen:
    command = [sys.executable, "-m", module, *map(str, arguments)]
    return subprocess.Popen(command, cwd=PROJECT_DIR, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True)


def killed_writer(directory: Path, first: int, luck: random.Random) -> int:
    """Have a writer commit from batch `first` on and kill it sometime; the last batch that it acknowledged."""
    with start("tests.index_writer_child", directory, first) as writer:
        said = [writer.stdout.readline() for _ in range(luck.randint(1, 24))]
        time.sleep(luck.random() * 0.03)
        writer.kill()
        said += writer.stdout.readlines()
    return int(said[-1])


def compare(directory: Path, acknowledged: int) -> tuple[int, Snapshot]:
    """What holds after every kill; the last batch that is in the index."""
    snapshot = read_index(directory)
    found = contents(snapshot)  # which compares every embedding too
    last = int(found["/corpus/current.txt"][1])
    if last not in (acknowledged, acknowledged + 1) or found != expected_after(last):
        sys.exit(f"FAILED: acknowledged up to batch {acknowledged}, and the index is not that of batch {last}")
    if snapshot.notice or (problems := check_index(directory).problems):
        sys.exit(f"FAILED: damaged {snapshot.notice or problems}")
    while not snapshot.catch_up_words():  # a reader is at it
        time.sleep(0.01)
    for each in batch(last):
        if each.chunks:
            find(snapshot, each.document.path, each.chunks[0].text)
    return last, snapshot


def find(snapshot: Snapshot, path: str, text: str) -> None:
    """The document must be found by its words, its name and its meaning."""
    chunks = {
        "meaning": nearest(snapshot, embeddings_of([text])[0], limit=3),
        "words": snapshot.search_passages(text, limit=9),
    }
    found = {by: {snapshot.document_of(chunk) for chunk, _ in each} for by, each in chunks.items()}
    found["name"] = {document for document, _ in snapshot.search_names(Path(path).name, limit=1)}
    for by, documents in found.items():
        if path not in {snapshot.document(document).path for document in documents}:
            sys.exit(f"FAILED: {path} is in the index and not found by {by}")


def kill_often(directory: Path, kills: int, luck: random.Random) -> None:
    readers = [start("tests.index_reader_child", directory) for _ in range(READERS)]
    last, seen = -1, Counter()
    started = time.perf_counter()
    for kill in range(1, kills + 1):
        acknowledged = killed_writer(directory, last + 1, luck)
        last, snapshot = compare(directory, acknowledged)
        seen["not acknowledged, but whole"] += last > acknowledged
        seen["merged segments"] = max(seen["merged segments"], sum(each.entry.is_merged for each in snapshot.segments))
        if kill % 50 == 0 or kill == kills:
            print(f"  {kill} kills: {last + 1} batches, {snapshot.document_count} documents live", flush=True)
    looks = [int(reader.communicate("")[0]) for reader in readers]
    if any(reader.returncode for reader in readers):
        sys.exit("FAILED: a reader saw half a commit")
    seconds = time.perf_counter() - started
    print(f"PASSED: {kills} kills in {seconds:.0f} s; {last + 1} batches committed, 0 lost, 0 torn")
    print(f"  {dict(seen)}; {READERS} readers looked at {sum(looks)} commits, all of them whole")


@contextmanager
def small_disk():
    with tempfile.TemporaryDirectory() as mount:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "none", mount], check=True)
        try:
            yield Path(mount, "index")
        finally:
            subprocess.run(["umount", mount], check=True)


def fill_disk() -> None:
    """Commit until nothing fits any more, then remove a half, and go on; room is made from outside where it must be."""
    full = stuck = 0
    kept: dict[str, list[str]] = {}
    with small_disk() as directory, open_writer(directory) as writer:
        ballast = directory.parent / "ballast"
        for number in range(2000):
            if not ballast.exists():
                ballast.write_bytes(bytes(BALLAST_BYTES))
            path, texts = f"/corpus/{number}.txt", [f"document{number} {'text ' * 2000}"]
            try:
                writer.commit([addition(path, *texts)])
                kept[path] = texts
            except IndexUnwritable:
                full += 1
                look(directory, kept, f"full for the {full}th time")
                half = list(kept)[: len(kept) // 2]
                try:
                    writer.commit(removals=half)
                except IndexUnwritable:
                    stuck += 1
                    look(directory, kept, f"nothing could be removed at document {number}")
                    ballast.unlink()
                    writer.commit(removals=half)
                kept = {path: texts for path, texts in kept.items() if path not in half}
                writer.compact()
            look(directory, kept, f"document {number}")
            if full == TIMES_FULL:
                break
        else:
            sys.exit("FAILED: the disk was never full")
    print(f"PASSED: a disk of {DISK}B, full {full} times: each time the index was as before, and went on later")
    print(f"  {full - stuck} times a half of it could be removed at once, {stuck} times after other room was made")


def look(directory: Path, expected: dict[str, list[str]], when: str) -> None:
    if contents(read_index(directory)) != expected or check_index(directory).problems:
        sys.exit(f"FAILED: on a full disk, {when}")


def tear_manifest() -> None:
    """The newest manifest cut at every byte, with nothing, zeros or noise in place of the rest."""
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        write_index(directory, *([addition(f"/{number}.txt", f"text {number}")] for number in range(3)))
        manifest = max(directory.glob("manifest-*.json"))
        whole = manifest.read_bytes()
        before = {f"/{number}.txt": [f"text {number}"] for number in range(2)}
        for length in range(len(whole)):
            for rest in (b"", bytes(len(whole) - length), random.Random(length).randbytes(len(whole) - length)):
                manifest.write_bytes(whole[:length] + rest)
                snapshot = read_index(directory)
                if contents(snapshot) != before or manifest.name not in snapshot.notice:
                    sys.exit(f"FAILED: manifest torn at byte {length}")
    print(f"PASSED: a manifest torn at each of {len(whole)} bytes in 3 ways: the commit before is used, with a notice")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where the index is made; default: the system's for such files")
    args = parser.parse_args()
    tear_manifest()
    if sys.platform == "linux" and os.geteuid() == 0:
        fill_disk()
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        kill_often(Path(folder, "index"), args.kills, random.Random(args.seed))


if __name__ == "__main__":
    main()
