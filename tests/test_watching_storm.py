"""Whatever happens to files and folders, who looks where watching says knows the disk afterwards."""

import os
import random
import shutil
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from listening import PATIENCE_S

from watching import Dirt, open_watch
from watching.dirt import LONGEST_REST_S

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the times at which others tell are their own")
ACTS = 2_000


@pytest.mark.parametrize(("seed", "inner_roots"), [(1, ""), (2, ""), (3, "ab")])
def test_storm_when_over_then_looking_where_told_has_seen_all_of_it(tmp_path, seed, inner_roots):
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    dirt = Dirt()
    with closing(
        open_watch(
            [root, *(root / name for name in inner_roots)],
            on_dirty=lambda path: dirt.add(path, time.monotonic()),
            on_new=lambda path: dirt.add(path, time.monotonic(), came=True),
            on_lost=dirt.add_sweep,
            is_left_out=lambda _folder: False,
        )
    ):
        known = {}
        for _ in storm(random.Random(seed), root, outside):
            look(known, dirt.take(time.monotonic()))
        end_s = time.monotonic() + PATIENCE_S
        while known != files_in(root) and time.monotonic() < end_s:
            dirt.wait(0.05)
            look(known, dirt.take(time.monotonic() + LONGEST_REST_S))
    assert known == files_in(root)


def look(known, taken):
    """What an index does: forget what is known there, and note what is there now."""
    for place in (*taken.paths, *taken.sweeps):
        for path in [path for path in known if path == place or path.startswith(place + os.sep)]:
            del known[path]
        known |= files_in(place)


def files_in(place):
    """Path -> size of a file, or of all files in a folder."""
    above = Path(place)
    files = [path for path in (above.rglob("*") if above.is_dir() else [above]) if path.is_file()]
    return {str(path): path.stat().st_size for path in files}


def storm(chance, root, outside):
    """Acts on a few names again and again, so that they meet."""
    for number in range(ACTS):
        place, other = (somewhere(chance, chance.choice([root, root, root, outside])) for _ in range(2))
        act = chance.choice([write, write, write, save_by_renaming, move, move, delete, make_folder, make_folder])
        try:
            act(place, other, number)
        except (OSError, shutil.Error):
            continue  # it cannot be done to what is there now
        yield


def somewhere(chance, top):
    return top.joinpath(*(chance.choice("abcd") for _ in range(chance.randint(1, 4))))


def write(place, _other, number):
    place.write_text("x" * number)


def save_by_renaming(place, _other, number):
    temporary = place.with_name("temporary")
    temporary.write_text("x" * number)
    temporary.replace(place)


def move(place, other, _number):
    place.rename(other)


def delete(place, _other, _number):
    if place.is_dir():
        shutil.rmtree(place)
    else:
        place.unlink()


def make_folder(place, _other, _number):
    place.mkdir(parents=True)
