"""An index that an earlier version wrote is read, and written on."""

import msgspec
import numpy as np
import pytest

from index_store import ChunkId, check_index, nearest, read_index
from index_store.durable import write_file
from index_store.manifest import read_newest, write_manifest
from index_store.npy import npy_parts
from index_store.segment import segment_folder
from tests.index_contents import addition, contents, embeddings_of, open_writer, write_index


@pytest.fixture
def version_1(tmp_path):
    """An index of one segment as format version 1 wrote it: embeddings in float32, no offsets of documents."""
    write_index(tmp_path, [addition("/a.txt", "one", "two"), addition("/b.txt", "three")])
    manifest = read_newest(tmp_path).manifest
    (entry,) = manifest.segments
    folder = segment_folder(tmp_path, entry.number)
    for name in ("embeddings.npy", "document_offsets.npy"):
        (folder / name).unlink()
    embeddings = write_file(folder / "embeddings.npy", npy_parts(embeddings_of(["one", "two", "three"])))
    files = [file for file in entry.files if file.name not in ("embeddings.npy", "document_offsets.npy")]
    entry = msgspec.structs.replace(entry, files=(embeddings, *files))
    generation = manifest.generation + 1
    write_manifest(
        tmp_path, msgspec.structs.replace(manifest, format_version=1, generation=generation, segments=(entry,))
    )
    return tmp_path


def test_index_when_version_1_wrote_it_then_it_is_read_and_searched(version_1):
    snapshot = read_index(version_1)
    assert snapshot.segments[0].embeddings.dtype == np.float32
    assert contents(snapshot) == {"/a.txt": ["one", "two"], "/b.txt": ["three"]}
    assert nearest(snapshot, embeddings_of(["three"])[0], limit=1)[0][0] == ChunkId(1, 2)
    assert check_index(version_1).problems == []


def test_index_when_version_1_wrote_it_then_the_next_commit_makes_it_version_2(version_1):
    with open_writer(version_1) as writer:
        writer.commit([addition("/a.txt", "new")])
    snapshot = read_index(version_1)
    assert snapshot.manifest.format_version == 2
    assert contents(snapshot) == {"/a.txt": ["new"], "/b.txt": ["three"]}
    assert [segment.embeddings.dtype for segment in snapshot.segments] == [np.float32, np.float16]
    (chunk_id, cosine), *_ = nearest(snapshot, embeddings_of(["new"])[0], limit=3)
    assert (chunk_id, cosine) == (ChunkId(2, 0), pytest.approx(1, abs=1e-3))
