from contextlib import nullcontext

import msgspec
import numpy as np
import pytest

from errors import ModelFailed
from index_store import ChunkRecord, DocumentRecord, Root, create_or_open_index, nearest, read_index
from indexer import Indexing
from models.prompts import Input
from tests.fakes import FakeEmbedder, FakeReader
from update_plan import plan_update
from viewing import Seen, Viewing, with_views

RED_QUERY = np.array([1, 0, 0, 0], np.float32)


class Run:
    """One indexing run after the other over one folder, with both stages."""

    def __init__(self, folder, index_dir):
        self.folder, self.index_dir = folder, index_dir
        self.embedder, self.reader = FakeEmbedder(sees_pictures=True), FakeReader()
        self.progress = []

    def __call__(self, *, pages="auto", should_stop=lambda: False, retry=False, **given):
        roots = [Root(path=str(self.folder), pages=pages)]
        with create_or_open_index(self.index_dir, fingerprint=self.embedder.fingerprint) as writer:
            plan = plan_update(roots, writer.snapshot, all_roots=roots, retry=retry)
            report = Indexing(writer, self.embedder).run(plan, self.reader, roots=roots)
            heard = {"on_progress": self.progress.append, "should_stop": should_stop}
            viewing = Viewing(writer, self.embedder, **heard, **given)
            viewing.run(roots, self.reader, report)
        return report

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path

    def chunks(self, name):
        snapshot = read_index(self.index_dir)
        document, record = snapshot.find(str(self.folder / name))
        return record, [snapshot.chunk(chunk) for chunk in snapshot.chunks_of(document)]


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "documents"
    folder.mkdir()
    return Run(folder, tmp_path / "index")


def test_viewing_when_a_picture_is_indexed_then_its_pixels_stand_for_it_instead_of_its_name(run):
    run.write("storm.picture", "red")
    report = run()
    record, chunks = run.chunks("storm.picture")
    assert (record.stage, record.view_count, report.viewed, report.views) == ("pixels", 1, 1, 1)
    assert [(chunk.page_number, chunk.is_picture, chunk.text) for chunk in chunks] == [(1, True, "red")]


def test_viewing_when_done_then_text_finds_what_is_shown(run):
    run.write("a.picture", "blue")
    run.write("b.picture", "red")
    run.write("c.txt", "flour and bread")
    run()
    snapshot = read_index(run.index_dir)
    [(chunk, cosine), *_] = nearest(snapshot, run.embedder.embed_query("storm"), limit=1)
    assert snapshot.document(snapshot.document_of(chunk)).path.endswith("b.picture")
    assert cosine > 0.9


def test_viewing_when_pages_are_seen_then_text_and_pictures_are_both_found(run):
    run.write("a.pdf", "flour\fred page")
    run()
    record, chunks = run.chunks("a.pdf")
    assert [(chunk.page_number, chunk.is_picture) for chunk in chunks] == [(1, False), (2, False), (2, True)]
    assert record.pages == "auto"


def test_viewing_when_repeated_then_nothing_is_looked_at_again(run):
    run.write("a.picture", "red")
    run()
    run()
    assert len(run.reader.viewed) == 1


def test_viewing_when_a_document_changed_then_is_looked_at_again(run):
    path = run.write("a.picture", "red")
    run()
    path.write_text("it is blue now")
    run()
    snapshot = read_index(run.index_dir)
    embeddings = snapshot.embeddings_of(snapshot.find(str(path))[0])
    assert embeddings[-1] @ run.embedder.embed_query("invoice") > 0.9


@pytest.mark.parametrize("change", ["move", "copy"])
def test_viewing_when_a_document_moves_or_is_copied_then_is_not_looked_at_again(run, change):
    path = run.write("a.picture", "red")
    run()
    (run.folder / "b.picture").write_text("red")
    if change == "move":
        path.unlink()
    run()
    record, chunks = run.chunks("b.picture")
    assert run.embedder.seen == 1
    assert record.stage == "pixels"
    assert [(chunk.page_number, chunk.is_picture) for chunk in chunks] == [(1, True)]


def test_viewing_when_stopped_then_goes_on_where_it_stopped(run):
    for number in range(5):
        run.write(f"{number}.picture", f"red {number}")
    report = run(should_stop=lambda: run.embedder.seen == 2)
    assert report.interrupted
    run()
    assert run.embedder.seen == 5
    assert all(record.stage == "pixels" for _, record in read_index(run.index_dir).documents())


def test_viewing_when_stopped_in_the_middle_of_a_document_then_that_one_is_begun_again(run):
    run.write("a.pdf", "red\fgreen\fblue")
    run(should_stop=lambda: run.embedder.seen == 2)
    assert run.chunks("a.pdf")[0].stage == "text"
    run()
    assert run.chunks("a.pdf")[0].view_count == 3


def test_viewing_when_a_document_cannot_be_shown_then_stays_found_by_its_text_and_says_why(run):
    run.write("a.pdf", "unseeable flour")
    report = run()
    record, chunks = run.chunks("a.pdf")
    assert [reason for _, reason in report.failed] == ["damaged"]
    assert (record.unseen, record.failure) == ("damaged", "")
    assert [chunk.text for chunk in chunks] == ["unseeable flour"]
    run()
    assert len(run.reader.viewed) == 1
    run(retry=True)
    assert len(run.reader.viewed) == 2


def test_pages_when_image_then_the_picture_keeps_the_words_of_its_page(run):
    run.write("a.pdf", "red storm\fflour")
    run(pages="image")
    _, chunks = run.chunks("a.pdf")
    assert [(chunk.page_number, chunk.is_picture, chunk.text) for chunk in chunks] == [
        (2, False, "flour"),
        (1, True, "red storm"),
    ]
    assert [score for _, score in read_index(run.index_dir).search_passages("storm", limit=5)]


@pytest.mark.parametrize(("first", "then"), [("image", "text"), ("image", "both"), ("both", "text"), ("text", "both")])
def test_pages_when_changed_then_the_index_is_as_if_it_had_always_been_so(run, tmp_path, first, then):
    run.write("a.pdf", "red storm\fflour")
    run.write("b.picture", "red")
    run(pages=first)
    run(pages=then)
    fresh = Run(run.folder, tmp_path / "fresh")
    fresh(pages=then)
    assert run.chunks("a.pdf")[1] == fresh.chunks("a.pdf")[1]
    assert run.embedder.seen == 1 + (first != "text") + (then != "text")


def test_progress_when_looking_then_counts_documents_and_pictures(run):
    run.write("a.pdf", "red\fgreen")
    run.write("b.picture", "red")
    run()
    last = run.progress[-1]
    assert (last.stage, last.documents, last.documents_total, last.chunks, last.current) == ("pixels", 2, 2, 3, None)


def test_with_views_when_chunks_overlap_then_the_page_is_whole_again():
    text = "The roof leaks. The gutter too."
    chunks = [
        ChunkRecord(page_number=1, start_char=0, end_char=15, text=text[:15]),
        ChunkRecord(page_number=1, start_char=4, end_char=31, text=text[4:]),
    ]
    picture = ChunkRecord(page_number=1, start_char=0, end_char=0, text="", is_picture=True)
    record = DocumentRecord(path="a.pdf", size_bytes=1, mtime_ns=1, inode=1, kind="pdf", pages="image")
    kept = with_views(record, chunks, np.ones((2, 4), np.float32), Seen((picture,), np.ones((1, 4), np.float32)))
    assert kept.chunks == (msgspec.structs.replace(picture, text=text, end_char=31),)


def test_embedder_when_it_sees_then_pictures_differ():
    seeing = FakeEmbedder(sees_pictures=True)
    red = seeing.embed_query(Input(pictures=[np.full((64, 64, 3), (255, 0, 0), np.uint8)]))
    assert red @ RED_QUERY > 0.9


def test_viewing_when_the_model_may_not_be_given_a_document_then_says_why_and_sees_the_others(run):
    bad, good = run.write("a.picture", "red"), run.write("b.picture", "red")

    def working_on(paths):
        if paths == [bad]:
            raise ModelFailed("crashed the launcher twice")
        return nullcontext()

    run(working_on=working_on)
    assert [run.chunks(path.name)[0].unseen for path in (bad, good)] == ["crashed the launcher twice", ""]


def test_viewing_when_a_file_goes_and_comes_back_meanwhile_then_the_next_run_looks_at_it(run):
    run.write("a.picture", "red")
    run.reader.views, views = (lambda _documents, _options: ()), run.reader.views
    run()
    run.reader.views = views
    run.reader.missed.add("a.picture")
    assert (run().viewed, run.chunks("a.picture")[0].unseen) == (0, "")
    run.reader.missed.clear()
    assert run().viewed == 1
