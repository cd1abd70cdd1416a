"""Coarse codes say roughly what the embeddings say, and are never the truth."""

import numpy as np
import pytest

from embeddings import Fingerprint
from index_store import Addition, ChunkRecord, DocumentRecord, codes, create_or_open_index, nearest, read_index, scan
from index_store.codes import CODED_CHUNKS, code_width, coded
from index_store.halves import to_float32

DIM = 1024
# As of `benchmarks/scan_inputs.py`: the first dimensions carry most, the last ones what tells neighbours apart.
FALLING = (np.arange(DIM) + 16.0) ** -0.6


def like_a_model(count, *, seed=1):
    """Unit rows around 200 topics, more of them in the first dimensions than in the last."""
    source = np.random.default_rng(seed)
    topics = np.random.default_rng(0).standard_normal((200, DIM)) * FALLING
    rows = topics[source.integers(0, 200, count)] + source.standard_normal((count, DIM)) * FALLING
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def shuffled(rows):
    """The same rows with their dimensions in another order: no first ones say more than others."""
    return rows[:, np.random.default_rng(2).permutation(rows.shape[1])]


def addition(name, rows):
    pages = range(1, len(rows) + 1)
    chunks = tuple(ChunkRecord(page_number=page, start_char=0, end_char=1, text="x") for page in pages)
    return Addition(DocumentRecord(path=f"/{name}", size_bytes=1, mtime_ns=1, inode=1), chunks, rows)


def write(directory, *commits):
    fingerprint = Fingerprint(model="fake", weights_sha256="f" * 64, dim=commits[0].shape[1])
    with create_or_open_index(directory, fingerprint=fingerprint) as writer:
        for number, rows in enumerate(commits):
            writer.commit([addition(f"{number}.txt", rows)])
    return directory


@pytest.fixture
def codes_of_few(monkeypatch):
    """Codes decide from the first candidate on, and there are few of these."""
    monkeypatch.setattr(scan, "_EXACT_CHUNKS", 0)
    monkeypatch.setattr(scan, "_CANDIDATES", 50)


def test_coded_when_multiplied_with_a_query_then_it_is_nearly_the_cosine():
    rows = like_a_model(50)
    found = coded(rows * 3)
    assert found.rows.dtype == np.int8
    assert np.abs(found.rows).max(axis=1).tolist() == [127] * 50
    cosines = found.rows.astype(np.float32) @ rows.T * found.scales[:, None]
    assert np.abs(cosines - rows @ rows.T).max() < 0.01


def test_coded_when_a_row_is_zero_then_its_cosine_is_too():
    assert coded(np.zeros((1, 4), np.float32)).rows.tolist() == [[0, 0, 0, 0]]
    assert np.isfinite(coded(np.zeros((1, 4), np.float32)).scales).all()


def test_code_width_when_the_first_dimensions_tell_near_from_far_then_they_do_for_all():
    assert code_width(like_a_model(4_096)) == 256


def test_code_width_when_they_do_not_then_all_are_coded():
    assert code_width(shuffled(like_a_model(4_096))) == DIM
    assert code_width(np.ascontiguousarray(like_a_model(4_096)[:, ::-1])) == DIM


def test_code_width_when_only_chunks_of_one_document_are_told_apart_then_all_are_coded():
    documents = np.repeat(shuffled(like_a_model(512)), 8, axis=0)
    rows = documents + 0.2 * shuffled(like_a_model(4_096, seed=3))
    assert code_width(rows / np.linalg.norm(rows, axis=1, keepdims=True)) == DIM


def test_code_width_when_little_would_be_saved_or_little_is_known_then_all_are_coded():
    assert code_width(like_a_model(4_096)[:, :384]) == 384
    assert code_width(like_a_model(4_095)) == DIM


@pytest.mark.parametrize("arranged", [like_a_model, lambda count: shuffled(like_a_model(count))])
def test_nearest_when_codes_choose_then_it_finds_what_is_nearest(tmp_path, codes_of_few, arranged):
    rows = arranged(6_000)
    snapshot = read_index(write(tmp_path, rows))
    recalls = []
    for query in arranged(6_020)[-20:]:
        found = {chunk.row for chunk, _ in nearest(snapshot, query, limit=10)}
        recalls.append(len(found & set(np.argsort(-(rows @ query))[:10].tolist())) / 10)
    assert np.mean(recalls) >= 0.99


def test_nearest_when_segments_are_coded_differently_then_each_brings_its_best(tmp_path, codes_of_few):
    prefixed, whole, none = like_a_model(4_096), shuffled(like_a_model(CODED_CHUNKS)), like_a_model(3, seed=5)
    snapshot = read_index(write(tmp_path, prefixed, whole, none))
    assert [segment.codes and segment.codes.rows.shape[1] for segment in snapshot.segments] == [256, DIM, None]
    for segment, rows in enumerate((prefixed, whole, none), start=1):
        (best, cosine), *_ = nearest(snapshot, rows[2], limit=10)
        assert (best, cosine) == ((segment, 2), pytest.approx(1, abs=1e-4))


def test_nearest_when_equal_chunks_are_more_than_candidates_then_the_first_committed_are_found(tmp_path, codes_of_few):
    rows = np.repeat(like_a_model(1), 700, axis=0)
    snapshot = read_index(write(tmp_path, rows[:300], rows[:400]))
    found = nearest(snapshot, rows[0], limit=40)
    assert [tuple(chunk) for chunk, _ in found] == [(1, row) for row in range(40)]
    assert len({cosine for _, cosine in found}) == 1


def test_nearest_when_threads_share_the_blocks_then_the_list_is_the_same(tmp_path, codes_of_few, monkeypatch):
    rows = like_a_model(3_000)
    snapshot = read_index(write(tmp_path, rows))
    alone = nearest(snapshot, rows[7], limit=100)
    for number in ("_PARALLEL_NUMBERS", "_BLOCK_NUMBERS"):
        monkeypatch.setattr(scan, number, 1)
    monkeypatch.setattr(scan, "_THREADS", 3)
    assert nearest(snapshot, rows[7], limit=100) == alone


def cut(path):
    path.write_bytes(path.read_bytes()[:-1])


def remove(path):
    path.unlink()


def garble(path):
    path.write_bytes(b"\xee" * path.stat().st_size)


def zero_the_numbers(path):
    path.write_bytes(path.read_bytes()[:128].ljust(path.stat().st_size, b"\0"))


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        *((name, damage) for name in codes.CODE_FILES for damage in (cut, remove, garble)),
        (codes.CODE_SCALES, zero_the_numbers),
    ],
)
def test_nearest_when_codes_are_damaged_then_the_embeddings_are_searched(tmp_path, codes_of_few, caplog, name, damage):
    rows = like_a_model(300)
    write(tmp_path, rows)
    damage(tmp_path / "segments" / "000001" / name)
    snapshot = read_index(tmp_path)
    assert "searched without its codes" in caplog.text
    found = nearest(snapshot, rows[5], limit=20)
    assert [chunk.row for chunk, _ in found] == np.argsort(-(rows @ rows[5]))[:20].tolist()


def test_to_float32_when_a_half_is_finite_then_it_is_the_same_number():
    halves = np.arange(1 << 16, dtype=np.uint16).view(np.float16)
    finite = np.isfinite(halves)
    assert np.array_equal(to_float32(halves)[finite], halves[finite].astype(np.float32))
    signs = np.signbit(to_float32(halves))
    assert np.array_equal(signs, np.signbit(halves))


def test_to_float32_when_numbers_are_float32_then_they_are_copied():
    numbers = like_a_model(2)
    assert np.array_equal(to_float32(numbers), numbers)
