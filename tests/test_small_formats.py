"""Every format of tests/small_formats.py: harmless when it is damaged. What is read of it is in tests/golden.py."""

import random

import pytest
from small_documents import document_at
from small_formats import WRITERS

from errors import DocumentError
from extraction import read_contents
from extraction.workers import ExtractionPool


@pytest.fixture(autouse=True)
def no_office(tmp_path, monkeypatch):
    """Damaged files would make LibreOffice try for seconds; tests/test_old_office.py has that."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))


def written(tmp_path, suffix, name="fox"):
    path = tmp_path / f"{name}.{suffix}"
    WRITERS[suffix](path)
    return path


def check(path):
    """It has contents, or a reason for none; anything else flies."""
    try:
        read_contents(document_at(path))
    except DocumentError as error:
        refusal = error
    else:
        refusal = DocumentError(path, "none")
    assert refusal.path == path
    assert 0 < len(refusal.reason) < 100


@pytest.mark.parametrize("suffix", WRITERS)
def test_format_when_cut_off_anywhere_then_is_read_or_refused(tmp_path, suffix):
    path = written(tmp_path, suffix)
    data = path.read_bytes()
    for tenth in range(10):
        path.write_bytes(data[: len(data) * tenth // 10])
        check(path)


@pytest.mark.parametrize("suffix", WRITERS)
def test_format_when_bits_are_flipped_then_is_read_or_refused(tmp_path, suffix):
    path = written(tmp_path, suffix)
    data = path.read_bytes()
    for seed in range(20):
        noise = random.Random(seed)
        damaged = bytearray(data)
        for _ in range(1 + seed):
            damaged[noise.randrange(len(data))] ^= 1 << noise.randrange(8)
        path.write_bytes(damaged)
        check(path)


@pytest.mark.parametrize("filler", [b"\0", b"\xff", None], ids=["zeros", "ones", "noise"])
@pytest.mark.parametrize("suffix", WRITERS)
def test_format_when_nothing_follows_its_beginning_then_is_read_or_refused(tmp_path, suffix, filler):
    path = written(tmp_path, suffix)
    data = path.read_bytes()
    for kept in (0, 8, 64, 100, 512, 1100):
        rest = random.Random(kept).randbytes(3000) if filler is None else filler * 3000
        path.write_bytes(data[:kept] + rest)
        check(path)


def test_formats_when_read_in_a_worker_then_are_the_same_there(tmp_path):
    documents = [document_at(written(tmp_path, suffix, name=suffix)) for suffix in ("doc", "ppt", "msg", "xps", "m4a")]
    with ExtractionPool() as pool:
        titles = [outcome.title for _, outcome in pool.read(documents)]
    assert titles == ["Fox report", "Fox report", "Füchse", "Fox report", "Fox song"]
