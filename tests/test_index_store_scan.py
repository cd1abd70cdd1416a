import numpy as np
import pytest

from index_store import ChunkId, DocumentId, codes, nearest, scan
from tests.index_contents import DIM, addition, embeddings_of, open_writer


@pytest.fixture(params=["every embedding", "codes"], autouse=True)
def looked_at(request, monkeypatch):
    """Codes decide in large indexes only; here they do in small ones too, whose codes are as wide as embeddings."""
    if request.param == "codes":
        monkeypatch.setattr(codes, "CODED_CHUNKS", 1)
        monkeypatch.setattr(scan, "_EXACT_CHUNKS", 0)
        monkeypatch.setattr(scan, "_CANDIDATES", 20)


@pytest.fixture
def writer(tmp_path):
    with open_writer(tmp_path / "index") as writer:
        yield writer


def brute_force(snapshot, query):
    live = [chunk_id for document_id, _ in snapshot.documents() for chunk_id in snapshot.chunks_of(document_id)]
    cosines = {chunk_id: float(embeddings_of([snapshot.chunk(chunk_id).text])[0] @ query) for chunk_id in live}
    return sorted(cosines, key=lambda chunk_id: -cosines[chunk_id])


def add_many(writer):
    for commit in range(5):
        writer.commit(
            [
                addition(f"/{commit}-{row}.txt", *(f"text {commit} {row} {chunk}" for chunk in range(row)))
                for row in range(6)
            ]
        )
    writer.commit(removals=["/1-3.txt", "/4-5.txt", *(f"/2-{row}.txt" for row in range(6))])


@pytest.mark.parametrize("limit", [1, 7, 1000])
def test_nearest_when_documents_were_removed_then_it_ranks_the_live_chunks_exactly(writer, limit):
    add_many(writer)
    query = embeddings_of(["what"])[0]
    found = nearest(writer.snapshot, query, limit=limit)
    assert [chunk_id for chunk_id, _ in found] == brute_force(writer.snapshot, query)[:limit]
    cosines = [cosine for _, cosine in found]
    assert cosines == sorted(cosines, reverse=True)


def test_nearest_when_only_some_documents_count_then_the_others_do_not_take_their_places(writer):
    add_many(writer)
    query = embeddings_of(["what"])[0]
    documents = {DocumentId(1, 5), DocumentId(4, 2), DocumentId(3, 4)}  # segment 3 was removed as a whole
    found = nearest(writer.snapshot, query, limit=1000, documents=documents)
    expected = [each for each in brute_force(writer.snapshot, query) if writer.snapshot.document_of(each) in documents]
    assert len(expected) == 7
    assert [chunk_id for chunk_id, _ in found] == expected
    assert nearest(writer.snapshot, query, limit=5, documents=set()) == []


def test_nearest_when_many_documents_count_then_only_their_chunks_are_candidates(writer):
    add_many(writer)
    query = embeddings_of(["what"])[0]
    documents = {document_id for document_id, _ in writer.snapshot.documents() if document_id.row >= 4}
    found = nearest(writer.snapshot, query, limit=9, documents=documents)
    expected = [each for each in brute_force(writer.snapshot, query) if writer.snapshot.document_of(each) in documents]
    assert len(expected) > 20
    assert [chunk_id for chunk_id, _ in found] == expected[:9]


def test_nearest_when_cosines_are_equal_then_the_order_is_that_of_the_commits(writer):
    writer.commit([addition("/a.txt", *["same"] * 4), addition("/other.txt", "other")])
    writer.commit([addition("/b.txt", *["same"] * 4)])
    found = nearest(writer.snapshot, embeddings_of(["same"])[0], limit=6)
    assert [chunk_id for chunk_id, _ in found] == [*(ChunkId(1, row) for row in range(4)), ChunkId(2, 0), ChunkId(2, 1)]
    assert {cosine for _, cosine in found} == {found[0][1]}
    assert found[0][1] <= 1


def test_nearest_when_everything_is_opposite_then_it_is_found_all_the_same(writer):
    writer.commit([addition("/a.txt", "one")])
    ((chunk_id, cosine),) = nearest(writer.snapshot, -embeddings_of(["one"])[0], limit=3)
    assert (chunk_id, cosine) == (ChunkId(1, 0), pytest.approx(-1, abs=1e-3))


def test_nearest_when_there_is_nothing_to_rank_then_it_is_empty(writer):
    query = np.eye(DIM, dtype=np.float32)[0]
    assert nearest(writer.snapshot, query, limit=5) == []
    writer.commit([addition("/a.txt", "one")])
    assert nearest(writer.snapshot, query, limit=0) == []
