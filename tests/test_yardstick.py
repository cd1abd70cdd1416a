"""Cosines held against the index itself."""

import numpy as np
import pytest

from embeddings import Fingerprint
from index_store import Addition, ChunkRecord, DocumentRecord, create_or_open_index, nearest, read_index
from yardstick import SAMPLE_CHUNKS, Scale, keep_kinship, yardstick_of

DIM = 32


def directions(count, *, spread, seed=1):
    """Unit rows around the first dimension: the smaller `spread`, the more alike they are."""
    rows = np.random.default_rng(seed).standard_normal((count, DIM)) * spread
    rows[:, 0] += 1
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def open_index(directory):
    return create_or_open_index(directory, fingerprint=Fingerprint(model="fake", weights_sha256="f" * 64, dim=DIM))


def index_of(directory, rows, *, pictures=frozenset(), per_document=1, first=0):
    additions = []
    for start in range(0, len(rows), per_document):
        own = range(start, min(start + per_document, len(rows)))
        chunks = tuple(
            ChunkRecord(page_number=1, start_char=0, end_char=1, text="x", is_picture=row in pictures) for row in own
        )
        record = DocumentRecord(path=f"/{first + start}", size_bytes=1, mtime_ns=1, inode=1)
        additions.append(Addition(record, chunks, rows[own.start : own.stop]))
    with open_index(directory) as writer:
        writer.commit(additions)
    return read_index(directory)


def test_scale_when_all_chunks_are_alike_then_a_high_cosine_says_little(tmp_path):
    query = np.eye(DIM, dtype=np.float32)[0]
    alike, mixed = (
        yardstick_of(index_of(tmp_path / str(spread), directions(300, spread=spread)), with_pictures=False)
        for spread in (0.05, 1.0)
    )
    assert alike.scales(query)[0].standing(0.9) < 0 < mixed.scales(query)[0].standing(0.9)


def test_scale_when_chunks_have_close_neighbours_then_kin_is_high(tmp_path):
    twins = np.repeat(directions(100, spread=1.0), 2, axis=0)
    twins += 0.05 * np.random.default_rng(2).standard_normal(twins.shape).astype(np.float32)
    twins /= np.linalg.norm(twins, axis=1, keepdims=True)
    lonely = directions(200, spread=1.0)
    kin = [
        yardstick_of(index_of(tmp_path / name, rows), with_pictures=False).scales(rows[0])[0].kin
        for name, rows in (("twins", twins), ("lonely", lonely))
    ]
    assert kin[0] > kin[1] + 0.2


@pytest.mark.parametrize("per_document", [1, 2])
def test_kin_when_the_neighbour_is_of_the_same_document_or_a_copy_then_does_not_count(tmp_path, per_document):
    rows = np.repeat(np.eye(DIM, dtype=np.float32), 2, axis=0)  # each direction twice
    if per_document == 2:
        rows[1::2, :] += 0.3 * np.roll(rows[1::2, :], 1, axis=1)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    snapshot = index_of(tmp_path, rows, per_document=per_document)
    assert yardstick_of(snapshot, with_pictures=False).scales(rows[0])[0].kin < 0.6


def test_scale_when_pictures_score_lower_then_they_have_one_of_their_own(tmp_path):
    rows = np.concatenate([directions(200, spread=0.05), -directions(200, spread=0.05)])
    snapshot = index_of(tmp_path, rows, pictures=frozenset(range(200, 400)))
    texts, pictures = yardstick_of(snapshot, with_pictures=True).scales(np.eye(DIM, dtype=np.float32)[0])
    assert texts.standing(0.5) < 0 < pictures.standing(0.5)


def test_yardstick_when_the_index_is_empty_then_takes_what_is_usual(tmp_path):
    snapshot = index_of(tmp_path, np.empty((0, DIM), np.float32))
    assert yardstick_of(snapshot, with_pictures=False).scales(np.eye(DIM, dtype=np.float32)[0])[0] == pytest.approx(
        Scale(0.1, 0.13, 0.65)
    )


def test_yardstick_when_the_index_is_large_then_samples_all_of_it_evenly(tmp_path):
    rows = np.repeat(np.eye(2, DIM, dtype=np.float32), SAMPLE_CHUNKS, axis=0)  # two halves
    yardstick = yardstick_of(index_of(tmp_path, rows, per_document=100), with_pictures=False)
    assert yardstick.scales(rows[0])[0].mean == pytest.approx(0.5, abs=0.01)


def measured_again(monkeypatch):
    """How often neighbours are looked for from now on."""
    calls = []
    monkeypatch.setattr("yardstick.nearest", lambda *given, **named: calls.append(given) or nearest(*given, **named))
    return calls


def test_kinship_when_kept_in_the_index_then_no_search_measures_it_again(tmp_path, monkeypatch):
    rows = directions(300, spread=1.0)
    own = yardstick_of(index_of(tmp_path, rows), with_pictures=False).scales(rows[0])[0].kin
    with open_index(tmp_path) as writer:
        keep_kinship(writer, with_pictures=False)
    calls = measured_again(monkeypatch)
    assert yardstick_of(read_index(tmp_path), with_pictures=False).scales(rows[0])[0].kin == own
    assert calls == []


def test_kinship_when_the_index_has_grown_since_then_it_is_measured_again(tmp_path, monkeypatch):
    index_of(tmp_path, directions(300, spread=1.0))
    with open_index(tmp_path) as writer:
        keep_kinship(writer, with_pictures=False)
    index_of(tmp_path, directions(40, spread=1.0, seed=2), first=1000)
    calls = measured_again(monkeypatch)
    yardstick_of(read_index(tmp_path), with_pictures=False)
    assert calls


def test_kinship_when_still_lasting_then_nothing_is_written(tmp_path):
    index_of(tmp_path, directions(300, spread=1.0))
    with open_index(tmp_path) as writer:
        keep_kinship(writer, with_pictures=False)
        generation = writer.snapshot.generation
        keep_kinship(writer, with_pictures=False)
        assert writer.snapshot.generation == generation


def test_kinship_when_something_is_committed_then_it_stays(tmp_path):
    index_of(tmp_path, directions(300, spread=1.0))
    with open_index(tmp_path) as writer:
        keep_kinship(writer, with_pictures=False)
        writer.commit(removals=["/0"])
        assert writer.snapshot.kinship.chunk_count == 300
