import numpy as np
import pytest

from errors import IndexUnwritable
from index_store import Root, create_or_open_index, read_index
from indexer import FIRST_CHUNKS, Indexing
from tests.fakes import FakeEmbedder, FakeReader
from update_plan import plan_update


class Run:
    """One indexing run after the other over one folder, with everything that it used."""

    def __init__(self, folder, index_dir):
        self.folder = folder
        self.index_dir = index_dir
        self.embedder = FakeEmbedder()
        self.reader = FakeReader()
        self.progress = []
        self.give_way = lambda: None

    def __call__(self, *, should_stop=lambda: False, writer=None):
        if writer is None:
            with create_or_open_index(self.index_dir, fingerprint=self.embedder.fingerprint) as opened:
                return self(should_stop=should_stop, writer=opened)
        roots = list(writer.snapshot.roots) or [Root(path=str(self.folder))]
        plan = plan_update(roots, writer.snapshot, all_roots=roots)
        told = {"on_progress": self.progress.append, "should_stop": should_stop, "give_way": self.give_way}
        run = Indexing(writer, self.embedder, **told)
        return run.run(plan, self.reader, roots=roots)

    @property
    def records(self):
        return {record.path.rsplit("/", 1)[1]: record for _, record in read_index(self.index_dir).documents()}


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "documents"
    folder.mkdir()
    return Run(folder, tmp_path / "index")


def write(run, name, text):
    path = run.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_run_when_documents_are_new_then_indexes_them(run):
    write(run, "a.txt", "The roof leaks.")
    write(run, "b.txt", "Bake bread.")
    report = run()
    assert (report.indexed, report.unchanged, report.chunks) == (2, 0, 2)
    assert {name: record.stage for name, record in run.records.items()} == {"a.txt": "text", "b.txt": "text"}


def test_run_when_repeated_then_nothing_is_read_or_embedded_again(run):
    write(run, "a.txt", "The roof leaks.")
    run()
    report = run()
    assert (report.indexed, report.unchanged) == (0, 1)
    assert len(run.reader.paths) == 1
    assert len(run.embedder.embedded) == 1


def test_run_when_a_document_changed_then_only_it_is_read_again(run):
    write(run, "a.txt", "The roof leaks.")
    write(run, "b.txt", "Bake bread.")
    run()
    write(run, "b.txt", "Bake another bread.")
    assert run().indexed == 1
    assert run.embedder.embedded[2:] == ["Bake another bread."]


def test_run_when_a_document_moved_then_it_is_not_embedded_again(run):
    path = write(run, "a.txt", "The roof leaks.")
    write(run, "stays.txt", "Bake bread.")
    run()
    path.rename(run.folder / "renamed.txt")
    report = run()
    assert (report.indexed, report.reused, report.removed) == (1, 1, 1)
    assert sorted(run.records) == ["renamed.txt", "stays.txt"]
    assert run.embedder.embedded.count("The roof leaks.") == 1


def test_run_when_a_document_is_copied_then_it_is_embedded_once(run):
    path = write(run, "a.txt", "The roof leaks.")
    run()
    write(run, "copy.txt", path.read_text())
    assert run().reused == 1
    snapshot = read_index(run.index_dir)
    first, second = (snapshot.embeddings_of(document) for document, _ in snapshot.documents())
    assert np.array_equal(first, second)


def test_run_when_two_new_documents_have_the_same_bytes_then_they_are_embedded_once(run):
    write(run, "a.txt", "The roof leaks.")
    write(run, "copy.txt", "The roof leaks.")
    run()
    assert run.embedder.embedded == ["The roof leaks."]
    assert len({record.content_hash for record in run.records.values()}) == 1


def test_run_when_a_copy_comes_before_the_commit_then_it_is_not_embedded_again(run):
    text = " ".join(f"Roof {number} leaks." for number in range(1_500))  # more than waits
    write(run, "a.txt", text)
    write(run, "b.txt", text)
    assert run().reused == 1
    assert len(run.embedder.embedded) == len(set(run.embedder.embedded))


def test_run_when_a_copy_is_read_differently_then_it_has_its_own_embeddings(run):
    write(run, "a.txt", "The roof leaks.")
    run()
    write(run, "a.loud", "The roof leaks.")
    assert run().reused == 0
    assert run.embedder.embedded == ["The roof leaks.", "THE ROOF LEAKS."]


def test_run_when_stopped_then_removes_nothing_yet(run):
    write(run, "a.txt", "The roof leaks.").rename(run.folder / "b.txt")
    run()
    (run.folder / "b.txt").rename(run.folder / "c.txt")
    write(run, "d.txt", "Bake bread.")
    assert run(should_stop=lambda: True).removed == 0
    assert "b.txt" in run.records
    assert run().removed == 1


def test_run_when_one_document_is_damaged_then_the_others_are_indexed(run):
    write(run, "a.txt", "The roof leaks.")
    bad = write(run, "bad.txt", "broken")
    report = run()
    assert report.indexed == 1
    assert report.failed == [(bad, "damaged")]
    assert run.records["bad.txt"].failure == "damaged"


def test_run_when_the_model_refuses_one_text_then_it_takes_no_good_one_along(run):
    for number in range(5):
        write(run, f"good{number}.txt", f"Bread number {number}.")
    bad = write(run, "bad.txt", "unembeddable")
    report = run()
    assert report.indexed == 5
    assert [path for path, _ in report.failed] == [bad]


def test_run_when_everything_fails_then_says_that_nothing_succeeded(run):
    write(run, "bad.txt", "broken")
    assert run().nothing_succeeded


def test_run_when_a_document_failed_before_then_it_is_not_tried_again(run):
    write(run, "bad.txt", "broken")
    run()
    assert run().unchanged == 1
    assert len(run.reader.paths) == 1


def test_run_when_a_document_has_no_text_then_its_name_is_embedded(run):
    write(run, "roof_repair-2023.txt", "")
    run()
    assert run.embedder.embedded == ["roof repair 2023, documents, text"]
    assert run.records["roof_repair-2023.txt"].page_count == 0


def test_run_when_stopped_then_keeps_what_is_done_and_goes_on_next_time(run):
    for number in range(10):
        write(run, f"{number}.txt", f"Bread number {number}.")
    stopped = run(should_stop=lambda: len(run.reader.paths) >= 4)
    assert stopped.interrupted
    assert stopped.indexed == 4
    assert run().indexed == 6
    assert len(run.reader.paths) == len(set(run.reader.paths)) == 10


def test_run_when_stopped_then_the_names_of_the_rest_are_known(run):
    for number in range(3):
        write(run, f"{number}.txt", "Bread.")
    run(should_stop=lambda: True)
    assert sorted(record.stage for record in run.records.values()) == ["names", "names", "text"]


def test_run_when_the_disk_is_full_then_earlier_commits_stay(run, monkeypatch):
    write(run, "a.txt", "The roof leaks.")
    run()
    write(run, "b.txt", "Bake bread.")

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        with pytest.raises(IndexUnwritable):
            run()
    assert sorted(run.records) == ["a.txt"]
    assert run().indexed == 1


def test_run_when_it_goes_on_then_progress_reaches_the_total(run):
    for number in range(5):
        write(run, f"{number}.txt", "Bread.")
    run()
    counts = [progress.documents for progress in run.progress]
    assert counts == sorted(counts)
    assert (run.progress[-1].documents, run.progress[-1].documents_total) == (5, 5)


def test_run_when_way_is_given_to_a_newer_version_then_that_is_kept(run):
    path = write(run, "a.txt", "The roof leaks.")
    with create_or_open_index(run.index_dir, fingerprint=run.embedder.fingerprint) as writer:

        def give_way():
            run.give_way = lambda: None
            path.write_text("Bake bread.")
            run(writer=writer)

        run.give_way = give_way
        run(writer=writer)
        [document] = [document for document, _ in writer.snapshot.documents()]
        assert [writer.snapshot.chunk(chunk).text for chunk in writer.snapshot.chunks_of(document)] == ["Bake bread."]


def test_run_when_way_is_given_and_a_document_is_removed_then_it_does_not_come_back(run):
    path = write(run, "a.txt", "The roof leaks.")
    write(run, "b.txt", "Bake bread.")
    with create_or_open_index(run.index_dir, fingerprint=run.embedder.fingerprint) as writer:
        run.give_way = lambda: writer.commit(removals=[str(path)])
        run(writer=writer)
    assert list(run.records) == ["b.txt"]


def test_run_when_way_is_given_and_what_went_is_back_then_it_stays(run):
    write(run, "a.txt", "The roof leaks.")
    gone = write(run, "gone.txt", "Bake bread.")
    run()
    gone.unlink()
    write(run, "b.txt", "Bake a cake.")
    with create_or_open_index(run.index_dir, fingerprint=run.embedder.fingerprint) as writer:

        def give_way():
            run.give_way = lambda: None
            write(run, "gone.txt", "Bake bread again.")
            run(writer=writer)

        run.give_way = give_way
        run(writer=writer)
    assert sorted(run.records) == ["a.txt", "b.txt", "gone.txt"]


def test_run_when_stopped_within_a_long_document_then_it_is_left_for_the_next_run(run):
    write(run, "long.txt", " ".join(f"Roof {number} leaks." for number in range(1_500)))
    assert run(should_stop=lambda: bool(run.embedder.embedded)).interrupted
    assert run.records["long.txt"].stage == "names"
    assert run().indexed == 1


def long_text(word):
    return " ".join(f"{word}{number} leaks." for number in range(300))


def chunk_counts(snapshot):
    return {record.path[-5:]: len(snapshot.chunks_of(document)) for document, record in snapshot.documents()}


def test_run_when_documents_are_long_then_all_have_their_first_chunks_before_any_has_the_rest(run):
    for word in ("ant", "bee", "cat"):
        write(run, f"{word}.txt", long_text(word))
    run()
    embedded = run.embedder.embedded
    first = " ".join(embedded[: 3 * FIRST_CHUNKS])
    assert all(f"{word}0 leaks." in first for word in ("ant", "bee", "cat"))
    assert len(embedded) == len(set(embedded))
    assert set(chunk_counts(read_index(run.index_dir)).values()) == {len(embedded) // 3}
    assert not any(record.is_begun for record in run.records.values())


def test_run_when_stopped_after_the_first_chunks_then_the_next_run_takes_the_rest_up(run):
    for name in ("a.txt", "b.txt"):
        write(run, name, long_text(name))
    run(should_stop=lambda: len(run.reader.paths) >= 2)
    assert all(record.is_begun for record in run.records.values())
    run()
    assert len(run.embedder.embedded) == len(set(run.embedder.embedded))
    assert len(set(chunk_counts(read_index(run.index_dir)).values())) == 1


def test_run_when_a_begun_document_cannot_be_read_again_then_what_is_there_stays(run):
    paths = [write(run, name, long_text(name)) for name in ("a.txt", "b.txt")]
    run.give_way = lambda: [path.write_text("broken") for path in paths if len(run.reader.paths) == 2]
    run()
    assert set(chunk_counts(read_index(run.index_dir)).values()) == {FIRST_CHUNKS}


def test_run_when_chunks_are_read_back_then_they_stand_where_they_say(run):
    text = "One page.\fThe second page has many words. " + "The roof leaks and the gutter too. " * 30
    write(run, "a.txt", text)
    run()
    snapshot = read_index(run.index_dir)
    pages = text.split("\f")
    document = next(document for document, _ in snapshot.documents())
    chunks = [snapshot.chunk(chunk) for chunk in snapshot.chunks_of(document)]
    assert {chunk.page_number for chunk in chunks} == {1, 2}
    assert all(pages[chunk.page_number - 1][chunk.start_char : chunk.end_char] == chunk.text for chunk in chunks)


def test_run_when_a_document_is_not_read_yet_then_its_kind_is_what_its_name_promises(run):
    for name in ("a.pptx", "b.pptx"):
        write(run, name, "The roof leaks.")
    run(should_stop=lambda: True)
    waiting = [record for record in run.records.values() if record.stage == "names"]
    assert [record.kind for record in waiting] == ["slides"]


def test_run_when_a_document_fails_then_its_kind_is_what_its_name_promises(run):
    write(run, "photo.jpg", "broken")
    run()
    assert run.records["photo.jpg"].kind == "picture"


def test_run_when_pages_are_blank_then_the_document_counts_as_found_by_name(run):
    write(run, "scan.txt", " \f \n")
    run()
    assert run.records["scan.txt"].text_chars == 0
    assert run.records["scan.txt"].page_count == 2


@pytest.mark.parametrize(("suffix", "kind"), [("picture", "picture"), ("music", "audio")])
def test_run_when_a_document_has_words_that_a_machine_noted_then_its_name_is_embedded_too(run, suffix, kind):
    write(run, f"beach_at_sunset.{suffix}", "Camera: Pentax")
    run()
    assert run.embedder.embedded == [f"beach at sunset, documents, {kind}", "Camera: Pentax"]


def test_run_when_the_model_is_slow_then_every_document_is_done_as_soon_as_it_is_read(run, monkeypatch):
    clock = [0.0]
    monkeypatch.setattr("indexer.time.monotonic", lambda: clock[0])
    embed = run.embedder.embed_documents

    def slowly(texts):
        clock[0] += 5.0 * len(texts)
        return embed(texts)

    run.embedder.embed_documents = slowly
    for number in range(8):
        write(run, f"{number}.txt", f"Roof {number} leaks.")
    run()
    assert [each.chunks for each in run.progress] == [0, 0, 0, 4, 5, 6, 7, 8, 8]


@pytest.mark.parametrize("name", ["gone.txt", "known.txt"])
def test_run_when_a_file_goes_and_comes_back_while_it_is_read_then_the_next_run_reads_it(run, name):
    write(run, "known.txt", "Bake cake.")
    run()
    path = write(run, name, "The roof leaks.")
    run.reader.missed.add(name)
    report = run()
    assert (report.indexed, report.failed) == (0, [])
    assert run.records[name].failure == ""
    assert run.progress[-1].documents == run.progress[-1].documents_total == 1
    run.reader.missed.clear()
    assert path.exists()
    assert run().indexed == 1


def test_run_when_a_file_changes_while_it_is_read_then_its_failure_is_not_kept(run):
    path = write(run, "a.txt", "broken")
    read = run.reader.read

    def rewritten(documents):
        for document, contents in read(documents):
            path.write_text("The roof leaks.")
            yield document, contents

    run.reader.read = rewritten
    assert run().failed == []
    run.reader.read = read
    assert run().indexed == 1
