"""A storm of changes under the resident launcher; afterwards its index must equal a fresh one. Linux only.

    python benchmarks/storm.py [--minutes 5] [--files 20000] [--kill] [--watches 200]

Files are created, changed, renamed, replaced and deleted at random, folders made, moved in and out and deleted.
`--kill` ends the launcher by SIGKILL in the middle, and starts it again; `--watches` lets it watch so many folders
only (Linux: a user namespace of its own). Then the launcher comes to rest, its processor time while nothing changes is
measured, and its index is compared with a fresh one of the same tree, file by file.
"""

import argparse
import random
import shutil
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path

import _project  # noqa: F401
import inputs
from index_difference import differences
from live import Live

IDLE_S = 60
REST_S = 5.0
SHOWN = 20  # differences
# How often each happens.
ACTS = {
    "create": 50,
    "change": 15,
    "replace": 10,
    "rename": 12,
    "delete": 8,
    "move_folder": 3,
    "out_and_in": 1,
    "delete_folder": 1,
}


class Storm:
    """Random changes of a tree, the same for the same seed; beside it a folder that nobody watches."""

    def __init__(self, root: Path, outside: Path, *, seed: int) -> None:
        self._root, self._outside = root, outside
        self._random = random.Random(seed)
        self._texts = [inputs.text(20 + number % 40, seed=number) for number in range(50)]
        self._files: list[Path] = []
        self._folders = [root]
        self._count = 0

    @property
    def count(self) -> int:
        """Of files that were made."""
        return self._count

    @property
    def there(self) -> int:
        """How many files are there, or were some changes ago."""
        return len(self._files)

    def step(self) -> None:
        act = self._random.choices(list(ACTS), list(ACTS.values()))[0]
        getattr(self, act)()

    def create(self) -> None:
        if self._random.random() < 0.05 and len(self._folders) < 2_000:
            folder = self._random.choice(self._folders) / f"folder {self._count}"
            folder.mkdir(parents=True, exist_ok=True)
            self._folders.append(folder)
        folder = self._random.choice(self._folders)
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"note {self._count}.txt"
        self._count += 1
        file.write_text(self._text())
        self._files.append(file)

    def change(self) -> None:
        if file := self._any_file():
            with file.open("a") as text:
                text.write(f"\n{self._text()}")

    def replace(self) -> None:
        """As editors save: another file, renamed over it."""
        if file := self._any_file():
            new = file.with_name(f".{file.name}.new")
            new.write_text(self._text())
            new.replace(file)

    def rename(self) -> None:
        if file := self._any_file():
            folder = self._random.choice(self._folders)
            if folder.is_dir():
                self._count += 1
                self._files.append(file.rename(folder / f"renamed {self._count}.txt"))

    def delete(self) -> None:
        if file := self._any_file():
            file.unlink()

    def move_folder(self) -> None:
        folder, target = self._random.choice(self._folders[1:] or [self._root]), self._random.choice(self._folders)
        if folder == self._root or target.is_relative_to(folder) or not (folder.is_dir() and target.is_dir()):
            return
        self._count += 1
        self._moved(folder, target / f"moved {self._count}")

    def out_and_in(self) -> None:
        folder = self._random.choice(self._folders[1:] or [self._root])
        if folder == self._root or not folder.is_dir():
            return
        away = self._outside / f"away {self._count}"
        folder.rename(away)
        time.sleep(self._random.random())
        if folder.parent.is_dir():
            away.rename(folder)

    def delete_folder(self) -> None:
        folder = self._random.choice(self._folders[1:] or [self._root])
        if folder != self._root and folder.is_dir() and sum(1 for _ in folder.rglob("*")) < 200:
            shutil.rmtree(folder)

    def _moved(self, folder: Path, target: Path) -> None:
        folder.rename(target)
        self._folders.append(target)
        self._files += list(islice(target.rglob("*.txt"), 100))

    def _any_file(self) -> Path | None:
        for _ in range(5):
            if not self._files:
                return None
            place = self._random.randrange(len(self._files))
            self._files[place], self._files[-1] = self._files[-1], self._files[place]
            file = self._files[-1]
            if file.is_file():
                return file
            self._files.pop()
        return None

    def _text(self) -> str:
        return f"{self._random.choice(self._texts)} {self._random.randrange(1 << 30)}"


def prefix_of(watches: int | None) -> tuple[str, ...]:
    """A command that lets what it starts watch so many folders."""
    if watches is None:
        return ()
    limit = f'echo {watches} > /proc/sys/user/max_inotify_watches && exec "$@"'
    return ("unshare", "--map-root-user", "sh", "-c", limit, "sh")


def blow(storm: Storm, live: Live, *, seconds: float, files: int, is_killed: bool) -> int:
    """Changes that were made."""
    started, changes, is_kill_due = time.monotonic(), 0, is_killed
    while (passed := time.monotonic() - started) < seconds:
        storm.step()
        changes += 1
        if storm.count >= files * max(0.02, passed / seconds):  # evenly over the time
            time.sleep(0.005)
        if is_kill_due and passed > seconds / 2:
            is_kill_due = False
            live.kill()
            live.start()
    return changes


def idle_share(live: Live) -> float:
    before, began = live.cpu_s(), time.monotonic()
    time.sleep(IDLE_S)
    return (live.cpu_s() - before) / (time.monotonic() - began)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kill", action="store_true")
    parser.add_argument("--watches", type=int)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        root, outside = Path(name, "root"), Path(name, "outside")
        for folder in (root, outside):
            folder.mkdir()
        (root / "first.txt").write_text("The first of all.")
        storm = Storm(root, outside, seed=args.seed)
        with Live(Path(name, "home"), prefix=prefix_of(args.watches)) as live:
            live.index(str(root))
            live.start()
            live.rest()
            weather(storm, live, args)
            live.quit()
        with Live(Path(name, "fresh")) as fresh:
            fresh.index(str(root))
        found = list(differences(live.index_dir, fresh.index_dir))
        documents = sum(1 for file in root.rglob("*") if file.is_file())
    print("\n".join(found[:SHOWN]))
    if found:
        sys.exit(f"FAILED: {len(found)} differences from a fresh index of {documents:,} files")
    print(f"PASSED: equal to a fresh index of {documents:,} files")


def weather(storm: Storm, live: Live, args: argparse.Namespace) -> None:
    """The storm, and the calm after it."""
    changes = blow(storm, live, seconds=60 * args.minutes, files=args.files, is_killed=args.kill)
    print(f"{changes:,} changes, {storm.count:,} files made, in {args.minutes:g} minutes", flush=True)
    calm = time.monotonic()
    if args.watches:
        live.swept()
    live.rest(for_s=REST_S)
    print(f"at rest {time.monotonic() - calm - REST_S:.0f} s after the last of them", flush=True)
    print(f"processor while nothing changes: {idle_share(live):.2%} of a core", flush=True)
    print(f"notices: {live.status()['upkeep']['notices'] or 'none'}", flush=True)


if __name__ == "__main__":
    main()
