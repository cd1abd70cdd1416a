"""What travels with a chunk: embedded with it, found by its words, kept in the index, never shown as its text."""

import pytest

from corpus import Contents, Heading, Page
from index_store import ChunkRecord, Root, create_or_open_index, read_index
from index_store.records import from_json, to_json
from indexer import Indexing
from search_engine import Query, SearchEngine
from tests.fakes import FakeEmbedder
from update_plan import plan_update

TEXT = "Insurance\n\n" + "The roof leaks. " * 30


class HeadingReader:
    """Reads a document as one page whose first line is a heading; what that is called, the test may change."""

    called = "Insurance"

    def read(self, documents):
        for document in documents:
            page = Page(1, document.path.read_text(), (Heading(0, 1, self.called),))
            yield document, Contents(kind="text", pages=(page,), content_hash=str(document.size_bytes))


class Run:
    def __init__(self, folder, index_dir):
        self.folder, self.index_dir = folder, index_dir
        self.embedder, self.reader = FakeEmbedder(), HeadingReader()

    def __call__(self):
        roots = [Root(path=str(self.folder))]
        with create_or_open_index(self.index_dir, fingerprint=self.embedder.fingerprint) as writer:
            plan = plan_update(roots, writer.snapshot, all_roots=roots)
            return Indexing(writer, self.embedder).run(plan, self.reader, roots=roots)

    def chunks(self):
        snapshot = read_index(self.index_dir)
        [(document, _)] = snapshot.documents()
        return [snapshot.chunk(chunk) for chunk in snapshot.chunks_of(document)]


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "policy.txt").write_text(TEXT)
    run = Run(folder, tmp_path / "index")
    run()
    return run


def test_context_is_embedded_in_front_of_the_text(run):
    first, *others = run.chunks()
    texts = [first.text, *(f"Insurance\n{chunk.text}" for chunk in others)]
    assert run.embedder.embedded == list(dict.fromkeys(texts))
    assert len(others) > 2


def test_context_is_kept_beside_the_exact_text(run):
    first, *others = run.chunks()
    assert (first.context, {chunk.context for chunk in others}) == ("", {"Insurance"})
    assert all(chunk.text == TEXT[chunk.start_char : chunk.end_char] for chunk in (first, *others))


def test_words_of_the_context_find_every_chunk_under_it(run):
    snapshot = read_index(run.index_dir)
    assert len(snapshot.search_passages("insurance", limit=99)) == len(run.chunks())


def test_hit_shows_the_text_without_its_context(run):
    engine = SearchEngine(read_index(run.index_dir), run.embedder, hash_picture=None, read_picture=None)
    [hit] = engine.search(Query(text="roof leaks"))
    assert hit.context in TEXT


def test_copy_under_another_heading_is_embedded_again(run):
    run.reader.called = "Invoice"
    (run.folder / "copy.txt").write_text(TEXT)
    assert run().reused == 0
    assert any(text.startswith("Invoice\n") for text in run.embedder.embedded)


def test_record_without_a_context_is_read_and_written_as_before():
    line = b'{"page_number":1,"start_char":0,"end_char":4,"text":"roof"}'
    record = from_json(line, ChunkRecord)
    assert (record.context, to_json(record)) == ("", line)


def test_query_whose_words_are_in_text_and_context_together_counts_as_remembered(run, tmp_path):
    (run.folder / "policy.txt").unlink()
    (run.folder / "claim.txt").write_text(TEXT)
    run.reader.called = "Zebra"
    run()
    engine = SearchEngine(read_index(run.index_dir), run.embedder, hash_picture=None, read_picture=None)
    reasons = [engine.search(Query(text=text))[0].reasons for text in ("zebra leaks", "zebra leaks unheard")]
    assert [any(reason.by == "words" for reason in found) for found in reasons] == [True, False]
