import mmap
import sys

import numpy as np
import pytest

from index_store import mapping
from index_store.durable import write_file
from index_store.npy import read_npy, write_npy


class Map(mmap.mmap):
    """Takes note of what the system is told."""

    def madvise(self, *advice):
        self.told = [*getattr(self, "told", []), advice]
        super().madvise(*advice)


@pytest.fixture
def array(tmp_path, monkeypatch):
    """A mapped array of 40 rows of 1,000 bytes."""
    monkeypatch.setattr(mapping, "_MAPPED_BYTES", 0)
    monkeypatch.setattr(mapping.mmap, "mmap", Map)
    blocks = [np.full((20, 1000), value, np.int8) for value in (1, 2)]
    return read_npy(tmp_path, write_npy(tmp_path / "rows.npy", blocks, "i1", (40, 1000)), "i1", (40, 1000))


def test_write_npy_when_rows_come_in_blocks_then_they_are_one_array(array):
    assert array[:, 0].tolist() == [1] * 20 + [2] * 20
    assert not array.flags.writeable


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such call")
def test_prefetch_rows_when_rows_lie_near_each_other_then_they_are_asked_for_together(array, monkeypatch):
    monkeypatch.setattr(mapping, "_NEAR_BYTES", 5_000)
    mapping.prefetch_rows(array, [0, 5, 10, 16])
    mapping.prefetch_rows(array, [])
    assert [end - 128 for _, page, size in mapping.map_behind(array).told if (end := page + size)] == [11_000, 17_000]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such call")
def test_prefetch_rows_when_an_array_is_mapped_then_each_row_is_asked_for_from_the_start_of_its_page(
    array, monkeypatch
):
    monkeypatch.setattr(mapping, "_NEAR_BYTES", 38_000)
    mapping.expect_random_reads(array)
    mapping.prefetch_rows(array, [0, 39])
    start, page = 128 + 39 * 1000, mmap.PAGESIZE
    random, first, last = mapping.map_behind(array).told
    assert random == (mmap.MADV_RANDOM,)
    assert first == (mmap.MADV_WILLNEED, 0, 1128)
    assert last == (mmap.MADV_WILLNEED, start // page * page, start % page + 1000)


def test_prefetch_rows_when_an_array_is_in_memory_then_nothing_happens():
    mapping.expect_random_reads(np.zeros(3))
    mapping.prefetch_rows(np.zeros((3, 3)), [1])


def test_read_or_map_when_a_file_is_small_then_it_is_read(tmp_path):
    assert mapping.read_or_map(tmp_path, write_file(tmp_path / "small", [b"bytes"])) == b"bytes"


def test_read_or_map_when_a_file_was_cut_then_it_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(mapping, "_MAPPED_BYTES", 0)
    entry = write_file(tmp_path / "cut", [b"bytes"])
    (tmp_path / "cut").write_bytes(b"byte")
    with pytest.raises(ValueError, match="4 bytes of 5"):
        mapping.read_or_map(tmp_path, entry)
