"""The stage that keeps thumbnails: each document is drawn once, and failing to is remembered, not reported."""

import os

import pytest

from corpus import Thumbnail
from errors import DocumentError, DocumentMissing, IndexUnwritable
from extraction.previews import PREVIEW_VERSION
from index_store import Root, create_or_open_index, read_index
from index_store.thumbnails import writing
from indexer import Indexing
from previewing import Previewing
from progress import Report
from tests.fakes import FakeEmbedder, FakeReader
from update_plan import plan_update


class FakeDrawer:
    """Draws what a file says; "broken" cannot be drawn, and nothing is to be seen of an empty one."""

    def __init__(self):
        self.names = []

    def thumbnails(self, documents):
        for document in documents:
            self.names.append(document.path.name)
            text = document.path.read_bytes()
            if text.startswith(b"undrawable"):
                yield document, DocumentError(document.path, "damaged")
            else:
                yield document, tuple(Thumbnail(number, part) for number, part in enumerate(text.split(b"\f"), 1))


class Run:
    """One indexing run after the other over one folder, with the stages text and previews."""

    def __init__(self, folder, index_dir):
        self.folder, self.index_dir = folder, index_dir
        self.roots = [Root(path=str(folder))]
        self.embedder, self.drawer = FakeEmbedder(), FakeDrawer()
        self.progress = []

    def __call__(self, *, should_stop=lambda: False, retry=False):
        report = Report()
        with create_or_open_index(self.index_dir, fingerprint=self.embedder.fingerprint) as writer:
            plan = plan_update(self.roots, writer.snapshot, all_roots=self.roots)
            Indexing(writer, self.embedder).run(plan, FakeReader(), roots=self.roots)
            previewing = Previewing(writer, on_progress=self.progress.append, should_stop=should_stop)
            previewing.run(self.roots, self.drawer, report, retry=retry)
        return report

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path

    def kept(self, name):
        return read_index(self.index_dir).thumbnail(str(self.folder / name))


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "documents"
    folder.mkdir()
    return Run(folder, tmp_path / "index")


def test_previewing_when_done_then_what_has_a_look_has_its_thumbnails_and_text_was_not_opened(run):
    run.write("a.picture", "a storm")
    run.write("b.pdf", "one\ftwo")
    run.write("c.txt", "words")
    report = run()
    assert (report.previewed, report.thumbnails, report.failed) == (2, 3, [])
    assert (run.kept("a.picture"), run.kept("b.pdf"), run.kept("c.txt")) == (b"a storm", b"one", None)
    assert sorted(run.drawer.names) == ["a.picture", "b.pdf"]


def test_previewing_when_repeated_then_draws_only_what_is_new_or_changed(run):
    run.write("a.picture", "a storm")
    changing = run.write("b.picture", "before")
    run()
    run.drawer.names.clear()
    run.write("c.picture", "new")
    changing.write_text("and afterwards")
    run()
    assert sorted(run.drawer.names) == ["b.picture", "c.picture"]
    assert run.kept("b.picture") == b"and afterwards"


def test_previewing_when_a_document_changed_then_what_it_looked_like_is_gone(run):
    path = run.write("a.picture", "a secret face")
    run()
    path.write_text("nothing")
    run()
    assert not any(b"secret" in file.read_bytes() for file in run.index_dir.glob("thumbnails*"))


@pytest.mark.parametrize("change", ["move", "copy"])
def test_previewing_when_a_document_moves_or_is_copied_then_is_not_drawn_again(run, change):
    path = run.write("a.picture", "a storm")
    run()
    run.write("b.picture", "a storm")
    if change == "move":
        path.unlink()
    run()
    assert run.drawer.names == ["a.picture"]
    assert run.kept("b.picture") == b"a storm"


def test_previewing_when_copies_are_new_then_one_of_them_is_drawn(run):
    run.write("a.picture", "a storm")
    run.write("b.picture", "a storm")
    assert run().previewed == 1
    assert run.kept("a.picture") == run.kept("b.picture") == b"a storm"


def test_previewing_when_a_document_cannot_be_drawn_then_that_is_no_failure_and_not_tried_again(run):
    run.write("a.picture", "undrawable")
    report = run()
    assert (report.failed, report.previewed) == ([], 0)
    run()
    assert run.drawer.names == ["a.picture"]
    run(retry=True)
    assert run.drawer.names == ["a.picture"] * 2
    assert run.kept("a.picture") is None


def test_previewing_when_a_document_could_not_be_read_then_is_not_opened_once_more(run):
    run.write("a.pdf", "broken")
    run()
    assert run.drawer.names == []


def test_previewing_when_stopped_then_keeps_what_is_done_and_goes_on_there(run):
    for number in range(5):
        run.write(f"{number}.picture", f"storm {number}")
    report = run(should_stop=lambda: len(run.drawer.names) == 2)
    assert (report.interrupted, report.previewed) == (True, 2)
    assert run().previewed == 3
    assert sorted(run.drawer.names) == [f"{number}.picture" for number in range(5)]


def test_previewing_when_a_file_is_not_there_then_it_waits_and_what_is_kept_of_it_stays(run):
    run.write("a.picture", "a storm")
    path = run.write("b.picture", "calm")
    with create_or_open_index(run.index_dir, fingerprint=run.embedder.fingerprint) as writer:
        plan = plan_update(run.roots, None, all_roots=run.roots)
        Indexing(writer, run.embedder).run(plan, FakeReader(), roots=run.roots)
        path.rename(run.folder.parent / "elsewhere")
        Previewing(writer).run(run.roots, run.drawer, Report())
        (run.folder / "a.picture").unlink()
        (run.folder.parent / "elsewhere").rename(path)
        Previewing(writer).run(run.roots, run.drawer, Report())
    assert run.drawer.names == ["a.picture", "b.picture"]
    assert (run.kept("a.picture"), run.kept("b.picture")) == (b"a storm", b"calm")


def test_previewing_when_a_file_changes_while_it_is_drawn_then_nothing_wrong_is_kept_of_it(run):
    path = run.write("a.picture", "a storm")
    of_before = path.stat()
    drawn, run.drawer.thumbnails = run.drawer.thumbnails, lambda documents: changed(drawn(documents), path)
    run()
    assert run.kept("a.picture") is None
    path.write_text("a storm")
    os.utime(path, ns=(of_before.st_atime_ns, of_before.st_mtime_ns))
    run()
    assert run.drawer.names == ["a.picture"] * 2


def changed(outcomes, path):
    for outcome in outcomes:
        path.write_text("somebody else writes")
        yield outcome


def test_previewing_when_it_draws_better_than_before_then_all_are_drawn_again(run):
    run.write("a.picture", "a storm")
    run()
    key = read_index(run.index_dir).find(str(run.folder / "a.picture"))[1].content_hash
    with writing(run.index_dir) as kept:
        kept.put(key, [Thumbnail(1, b"a poor picture")], drawn_by=PREVIEW_VERSION - 1)
    assert run.kept("a.picture") == b"a poor picture"
    run()
    assert run.kept("a.picture") == b"a storm"


def test_previewing_when_there_is_nothing_to_draw_then_makes_no_file(run):
    run.write("a.txt", "words")
    run()
    assert not list(run.index_dir.glob("thumbnails*"))
    assert run.progress == []


def test_previewing_when_it_cannot_be_written_then_says_so(run):
    run.write("a.picture", "a storm")
    run.index_dir.mkdir()
    (run.index_dir / "thumbnails.db").mkdir()
    with pytest.raises(IndexUnwritable):
        run()


def test_progress_when_drawing_then_counts_documents_and_thumbnails(run):
    run.write("a.pdf", "one\ftwo")
    run.write("b.picture", "undrawable")
    run()
    last = run.progress[-1]
    assert (last.stage, last.documents, last.documents_total, last.chunks, last.current) == ("previews", 2, 2, 2, None)


def test_previewing_when_a_file_goes_and_comes_back_meanwhile_then_the_next_run_draws_it(run):
    run.write("a.picture", "a storm")
    drawn = run.drawer.thumbnails
    run.drawer.thumbnails = lambda documents: [(each, DocumentMissing(each.path, "")) for each in documents]
    run()
    run.drawer.thumbnails = drawn
    assert run().previewed == 1
