import os
from pathlib import Path

import numpy as np
import pytest

import recognising
from corpus import Contents, Page
from errors import DocumentMissing, ModelFailed
from index_store import DocumentRecord, Root, create_or_open_index, nearest, read_index
from indexer import Indexing
from recognising import Recognising, has_same_words, is_to_recognise
from tests.fakes import FakeEmbedder, FakeReader
from update_plan import plan_update
from viewing import Viewing


class Run:
    """One indexing run after the other over one folder, with all stages that embed."""

    def __init__(self, folder, index_dir, *, sees_pictures=False):
        self.folder, self.index_dir = folder, index_dir
        self.embedder, self.reader = FakeEmbedder(sees_pictures=sees_pictures), FakeReader()
        self.progress = []

    def __call__(self, *inner, should_stop=lambda: False, retry=False, given=None, **rules):
        """`inner`: roots within the folder; `given`: to the stage that reads words."""
        roots = [Root(path=str(self.folder), **rules), *inner]
        with create_or_open_index(self.index_dir, fingerprint=self.embedder.fingerprint) as writer:
            plan = plan_update(roots, writer.snapshot, all_roots=roots, retry=retry)
            report = Indexing(writer, self.embedder).run(plan, self.reader, roots=roots)
            if self.embedder.sees_pictures:
                Viewing(writer, self.embedder).run(roots, self.reader, report)
            heard = {"on_progress": self.progress.append, "should_stop": should_stop, **(given or {})}
            stage = Recognising(writer, self.embedder, **heard)
            stage.run(roots[:1], self.reader, report)
        return report

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path

    def record(self, name):
        return read_index(self.index_dir).find(str(self.folder / name))[1]

    def chunks(self, name):
        snapshot = read_index(self.index_dir)
        document, _ = snapshot.find(str(self.folder / name))
        return [snapshot.chunk(chunk) for chunk in snapshot.chunks_of(document)]

    def words(self, name):
        return [(chunk.page_number, chunk.text) for chunk in self.chunks(name) if chunk.is_ocr]

    def found(self, text):
        snapshot = read_index(self.index_dir)
        hits = snapshot.search_passages(text, limit=5)
        return [Path(snapshot.document(snapshot.document_of(chunk)).path).name for chunk, _ in hits]


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "documents"
    folder.mkdir()
    return Run(folder, tmp_path / "index")


@pytest.fixture
def seeing(run):
    return Run(run.folder, run.index_dir, sees_pictures=True)


def test_recognising_when_a_picture_has_words_then_it_is_found_by_them_and_by_its_card(run):
    run.write("slip.picture", "> tax bill")
    report = run()
    card, words = run.chunks("slip.picture")[0], run.chunks("slip.picture")[-1]
    assert (card.page_number, card.is_ocr) == (0, False)
    assert (words.page_number, words.is_ocr, words.text) == (1, True, "tax bill")
    assert (report.recognised, report.recognised_pages) == (1, 1)
    assert run.record("slip.picture").ocr_chars == 8


def test_recognising_when_done_then_words_and_meaning_find_the_page(run):
    run.write("scan.pdf", "\f> invoice 4711")
    run.write("z.txt", "flour and bread")
    run()
    snapshot = read_index(run.index_dir)
    [(chunk, cosine)] = nearest(snapshot, run.embedder.embed_query("tax"), limit=1)
    assert (snapshot.chunk(chunk).page_number, snapshot.chunk(chunk).text) == (2, "invoice 4711")
    assert cosine > 0.9
    assert run.found("4711") == ["scan.pdf"]


def test_recognising_when_a_page_has_a_text_layer_then_only_the_others_are_read(run):
    run.write(
        "mixed.pdf",
        "Two whole sentences stand here, as a word processor puts them. So this page has a text.\f> stamp\f> seal",
    )
    run()
    assert run.reader.recognised == [("mixed.pdf", 2), ("mixed.pdf", 3)]
    assert run.words("mixed.pdf") == [(2, "stamp"), (3, "seal")]


def test_recognising_when_a_document_is_no_picture_then_it_is_not_opened(run):
    run.write("a.txt", "> text")
    run.write("b.picture", "broken")
    run()
    assert run.reader.recognised == []


@pytest.mark.parametrize("text", ["> tax", "nothing"])
def test_recognising_when_repeated_then_nothing_is_read_again(run, text):
    run.write("a.picture", text)
    run()
    run()
    assert len(run.reader.recognised) == 1


def test_recognising_when_a_document_changed_then_is_read_again(run):
    run.write("a.picture", "> tax")
    run()
    run.write("a.picture", "> money and more")
    run()
    assert run.words("a.picture") == [(1, "money and more")]


@pytest.mark.parametrize("sees_pictures", [False, True])
@pytest.mark.parametrize("change", ["move", "copy"])
def test_recognising_when_a_document_moves_or_is_copied_then_is_not_read_again(run, change, sees_pictures):
    run.embedder = FakeEmbedder(sees_pictures=sees_pictures)
    path = run.write("a.picture", "red > tax bill")
    run(ocr="on")
    run.write("b.picture", "red > tax bill")
    if change == "move":
        path.unlink()
    run(ocr="on")
    assert len(run.reader.recognised) == 1
    assert run.words("b.picture") == [(1, "tax bill")]
    assert run.record("b.picture").ocr_chars == 8


def test_recognising_when_a_scan_is_copied_then_nothing_of_it_is_computed_again(run):
    run.write("a.pdf", "roof tiles > tax bill")
    run()
    run.write("b.pdf", "roof tiles > tax bill")
    assert run().reused == 1
    assert len(run.embedder.embedded) == 2


@pytest.mark.parametrize(
    ("record", "wanted", "is_same"),
    [
        ({}, "1 any", True),
        ({"content_hash": "other"}, "1 any", False),
        ({"bare_pages": (1, 2)}, "1 any", False),
        ({"ocr_failure": "damaged"}, "1 any", False),
        ({}, "1 latin", False),
        ({"ocr": ""}, "", False),
    ],
)
def test_words_when_they_were_read_otherwise_then_they_are_not_taken_over(record, wanted, is_same):
    contents = Contents(kind="pdf", pages=(Page(1, "Text. " * 40), Page(2, "")), content_hash="same")
    known = {"content_hash": "same", "bare_pages": (2,), "ocr": "1 any", **record}
    assert (
        has_same_words(DocumentRecord(path="a", size_bytes=1, mtime_ns=1, inode=1, **known), contents, wanted)
        == is_same
    )


@pytest.mark.parametrize(
    ("record", "wanted", "is_to_do"),
    [
        ({"kind": "picture"}, "1 any", True),
        ({"kind": "pdf", "bare_pages": (3,)}, "1 any", True),
        ({"kind": "pdf"}, "1 any", False),
        ({"kind": "picture", "ocr": "1 any"}, "1 any", False),
        ({"kind": "picture", "ocr": "1 any"}, "", True),
        ({"kind": "picture", "failure": "damaged"}, "1 any", False),
        ({"kind": "picture", "stage": "names"}, "1 any", False),
    ],
)
def test_is_to_recognise_when_words_are_wanted_then_where_they_may_be_and_were_not_looked_for(record, wanted, is_to_do):
    known = {"stage": "text", **record}
    assert is_to_recognise(DocumentRecord(path="a", size_bytes=1, mtime_ns=1, inode=1, **known), wanted) == is_to_do


def test_recognising_when_documents_wait_then_the_last_changed_come_first(run):
    for number, name in enumerate(["b", "c", "a"]):
        os.utime(run.write(f"{name}.picture", f"> tax {name}"), (number, number))
    run()
    assert [name for name, _ in run.reader.recognised] == ["a.picture", "c.picture", "b.picture"]


def test_recognising_when_somebody_looks_for_a_document_meanwhile_then_it_comes_next(run):
    for number, name in enumerate(["b", "c", "a"]):
        os.utime(run.write(f"{name}.picture", f"> tax {name}"), (number, number))
    wanted = lambda: [str(run.folder / "b.picture")] if run.reader.recognised else []  # noqa: E731 - asked again
    run(given={"wanted": wanted})
    assert [name for name, _ in run.reader.recognised] == ["a.picture", "b.picture", "c.picture"]


def test_recognising_when_a_later_version_reads_text_anew_then_words_in_pictures_are_kept(run, monkeypatch):
    run.write("a.pdf", "> tax bill")
    run()
    monkeypatch.setattr("update_plan.EXTRACTOR_VERSION", 999)
    monkeypatch.setattr("indexer.EXTRACTOR_VERSION", 999)
    assert run().indexed == 1
    assert len(run.reader.recognised) == 1
    assert run.words("a.pdf") == [(1, "tax bill")]


def test_recognising_when_words_are_read_better_then_all_are_read_again(run, monkeypatch):
    run.write("a.picture", "> tax")
    run()
    monkeypatch.setattr(recognising, "OCR_VERSION", 999)
    run()
    assert len(run.reader.recognised) == 2
    assert run.words("a.picture") == [(1, "tax")]


def test_recognising_when_stopped_then_goes_on_where_it_stopped(run):
    for number in range(5):
        run.write(f"{number}.picture", f"> bill {number}")
    report = run(should_stop=lambda: len(run.reader.recognised) == 2)
    assert report.interrupted
    assert report.recognised == 2
    assert not run().interrupted
    assert len(run.reader.recognised) == 5
    assert run.found("bill")
    assert all(run.record(f"{number}.picture").ocr for number in range(5))


def test_recognising_when_stopped_in_the_middle_of_a_document_then_that_one_is_begun_again(run):
    run.write("a.pdf", "> one\f> two\f> three")
    run(should_stop=lambda: len(run.reader.recognised) == 2)
    assert run.record("a.pdf").ocr == ""
    run()
    assert [text for _, text in run.words("a.pdf")] == ["one", "two", "three"]


def test_recognising_when_a_page_cannot_be_read_then_the_others_are_and_it_says_why(run):
    run.write("a.pdf", "illegible\f> tax")
    report = run()
    assert [reason for _, reason in report.failed] == ["took longer than 90 s"]
    assert run.record("a.pdf").ocr_failure == "took longer than 90 s"
    assert run.words("a.pdf") == [(2, "tax")]
    run()
    assert len(run.reader.recognised) == 2
    run(retry=True)
    assert len(run.reader.recognised) == 4


def test_recognising_when_the_text_cannot_be_embedded_then_the_run_goes_on(run):
    run.write("a.picture", "> unembeddable")
    run.write("b.picture", "> tax")
    report = run()
    assert [path.name for path, _ in report.failed] == ["a.picture"]
    assert run.words("a.picture") == []
    assert run.words("b.picture") == [(1, "tax")]


def test_recognising_when_a_scan_is_long_then_its_first_pages_are_read_and_it_says_so(run, monkeypatch):
    monkeypatch.setattr(recognising, "MAX_PAGES", 2)
    run.write("a.pdf", "> one\f> two\f> three")
    run()
    assert [number for _, number in run.reader.recognised] == [1, 2]
    assert run.record("a.pdf").truncated


def test_recognising_when_a_document_takes_too_long_then_what_was_read_counts(run, monkeypatch):
    run.write("a.pdf", "> one\f> two")
    monkeypatch.setattr(recognising, "DOCUMENT_S", -1.0)
    run()
    assert run.record("a.pdf").truncated
    assert run.record("a.pdf").ocr
    assert run.reader.recognised == []


def test_recognising_when_the_file_is_gone_or_changed_since_then_waits(run):
    path = run.write("a.picture", "> tax")
    read = run.reader.read
    run.reader.read = lambda documents: [pair for pair in list(read(documents)) if path.write_text("other")]
    run()
    assert run.reader.recognised == []
    assert run.record("a.picture").ocr == ""


@pytest.mark.parametrize("sees_pictures", [False, True])
def test_ocr_when_auto_then_it_is_on_for_a_model_that_cannot_see(run, sees_pictures):
    run.embedder = FakeEmbedder(sees_pictures=sees_pictures)
    run.write("a.picture", "red > tax")
    run()
    assert bool(run.reader.recognised) is not sees_pictures


def test_ocr_when_switched_off_then_what_was_read_is_taken_out_and_the_rest_stays(run):
    run.write("a.picture", "> tax")
    run(ocr="on")
    run(ocr="off")
    assert run.found("tax") == run.words("a.picture") == []
    assert [chunk.text for chunk in run.chunks("a.picture")] == ["a, documents, picture"]
    assert (run.record("a.picture").ocr, run.record("a.picture").ocr_chars) == ("", 0)
    assert len(run.reader.recognised) == 1


def test_ocr_language_when_changed_then_pictures_are_read_again(run):
    run.write("a.picture", "> \u7a0etax")
    run()
    assert run.words("a.picture") == [(1, "\u7a0etax")]
    run(ocr_language="latin")
    assert run.words("a.picture") == [(1, "tax")]


def test_ocr_when_a_root_lies_in_another_then_its_own_rules_hold(run):
    (run.folder / "private").mkdir()
    run.write("private/a.picture", "> tax")
    run.write("b.picture", "> bill")
    run(Root(path=str(run.folder / "private"), ocr="off"))
    assert run.reader.recognised == [("b.picture", 1)]


def test_ocr_when_a_model_sees_then_the_words_are_at_the_picture_of_their_page(seeing):
    seeing.write("a.pdf", "red > tax")
    seeing(ocr="on")
    snapshot = read_index(seeing.index_dir)
    document, record = snapshot.find(str(seeing.folder / "a.pdf"))
    *_, look, words = (snapshot.chunk(chunk) for chunk in snapshot.chunks_of(document))
    assert (look.is_picture, look.is_ocr, look.text) == (True, False, "")
    assert (words.is_picture, words.is_ocr, words.text) == (True, True, "tax")
    embeddings = snapshot.embeddings_of(document)
    assert np.array_equal(embeddings[-1], embeddings[-2])
    assert record.view_count == 1


def test_ocr_when_a_model_sees_but_not_this_page_then_its_words_are_embedded(seeing):
    seeing.write("a.pdf", "red > tax")
    seeing(ocr="on", pages="text")
    [(chunk, cosine)] = nearest(read_index(seeing.index_dir), seeing.embedder.embed_query("invoice"), limit=1)
    assert cosine > 0.9
    assert read_index(seeing.index_dir).chunk(chunk).is_ocr


@pytest.mark.parametrize(("first", "then"), [("image", "text"), ("text", "both"), ("text", "image"), ("both", "image")])
def test_ocr_when_other_pages_are_looked_at_then_the_index_is_as_if_always_so(seeing, tmp_path, first, then):
    seeing.write("a.pdf", "red > money for the tax bill\fflour")
    seeing(ocr="on", pages=first)
    seeing(ocr="on", pages=then)
    fresh = Run(seeing.folder, tmp_path / "fresh", sees_pictures=True)
    fresh(ocr="on", pages=then)
    assert seeing.chunks("a.pdf") == fresh.chunks("a.pdf")
    assert seeing.words("a.pdf")


def test_progress_when_reading_then_counts_documents_and_pages(run):
    run.write("a.pdf", "> one\f> two")
    run.write("b.picture", "nothing")
    run()
    last = run.progress[-1]
    assert (last.stage, last.documents, last.documents_total, last.chunks, last.current) == ("words", 2, 2, 2, None)


def test_recognising_when_the_model_may_not_be_given_a_document_then_says_why(run):
    def working_on(paths):
        raise ModelFailed(f"{paths[0].name} crashed the launcher twice")

    run.write("slip.picture", "> tax bill")
    run(given={"working_on": working_on})
    assert run.record("slip.picture").ocr_failure == "slip.picture crashed the launcher twice"


def test_recognising_when_a_file_goes_and_comes_back_meanwhile_then_the_next_run_reads_it(run):
    run.write("slip.picture", "> tax bill")
    run.reader.words, words = (lambda document, _options: DocumentMissing(document.path, "")), run.reader.words
    report = run()
    assert (report.recognised, report.failed, run.record("slip.picture").ocr) == (0, [], "")
    run.reader.words = words
    assert run().recognised == 1
