"""What `explain` says of files that are found, and of those that are not; what `status` counts of the latter."""

import json

import msgspec
import pytest
from fakes import FakeEmbedder, FakeReader

from console import plan_as_json, print_plan
from corpus import HIDDEN, LINK, Thumbnail
from coverage_report import add_left_out, coverage_of, print_coverage
from coverage_report import as_json as coverage_as_json
from errors import SettingsError
from explanation import as_json, explain, print_explanation
from index_store import Addition, DocumentRecord, Root, create_or_open_index, read_index
from index_store.thumbnails import writing
from indexer import Indexing
from tests.shell import assert_refused
from update_plan import plan_update
from viewing import Viewing


@pytest.fixture
def docs(tmp_path):
    folder = tmp_path / "docs"
    (folder / "deep").mkdir(parents=True)
    (folder / "roof.txt").write_text("The storm broke tiles of the roof.\fAnd the gutter.")
    (folder / "red.picture").write_text("red")
    (folder / "broken.txt").write_text("broken")
    (folder / "empty.txt").write_text("")
    (folder / ".hidden.txt").write_text("x")
    (folder / "deep" / "x.log").write_text("x")
    return folder


@pytest.fixture
def index(tmp_path, docs):
    """`index(**rules)` indexes `docs` with fakes, `index.explain(path)` says what is known then."""
    index_dir = tmp_path / "index"

    def run(**rules):
        root = Root(path=str(docs), **rules)
        embedder, reader = FakeEmbedder(sees_pictures=True), FakeReader()
        with create_or_open_index(index_dir, fingerprint=embedder.fingerprint) as writer:
            plan = plan_update([root], writer.snapshot, all_roots=[root])
            report = Indexing(writer, embedder).run(plan, reader, roots=[root])
            Viewing(writer, embedder).run([root], reader, report)

    run.dir = index_dir
    run.explain = lambda path: explain(path, read_index(index_dir), index_dir=index_dir)
    return run


def said(explained):
    return explained.state, explained.why


def test_explain_when_a_document_has_text_then_gives_its_pages_and_chunks(index, docs):
    index()
    found = index.explain(docs / "roof.txt")
    assert said(found) == ("indexed", "found by its text")
    assert (found.record.page_count, found.record.text_chars) == (2, 49)
    assert [(chunk.page_number, chunk.text) for chunk in found.chunks] == [
        (1, "The storm broke tiles of the roof."),
        (2, "And the gutter."),
    ]
    assert (found.root.path, found.model, found.is_as_indexed) == (str(docs), "fake", True)
    assert found.next_run == "nothing: it is up to date"


@pytest.mark.parametrize(
    ("name", "state", "why"),
    [
        ("red.picture", "indexed", "found by its text and its look"),
        ("empty.txt", "indexed", "found by its name"),
        ("broken.txt", "failed", "damaged"),
        (".hidden.txt", "left out", HIDDEN),
        ("deep/x.log", "left out", "excluded by *.log"),
        ("deep", "folder", "0 documents of the index are in it"),
        (".", "folder", "4 documents of the index are in it"),
        ("..", "folder", "4 documents of the index are in it"),
    ],
)
def test_explain_when_indexed_then_says_how_a_name_is_found_or_why_it_is_not(index, docs, name, state, why):
    index(excludes=("*.log",))
    assert said(index.explain((docs / name).resolve())) == (state, why)


def test_explain_when_thumbnails_are_kept_then_says_how_many(index, docs, capsys):
    index()
    found = index.explain(docs / "red.picture")
    with writing(index.dir) as kept:
        kept.put(found.record.content_hash, [Thumbnail(1, b"x"), Thumbnail(2, b"y")], drawn_by=1)
    again = index.explain(docs / "red.picture")
    print_explanation(again)
    assert (found.thumbnails, again.thumbnails, as_json(again)["thumbnails"]) == (0, 2, 2)
    assert "thumbnails 2" in capsys.readouterr().out


def test_explain_when_a_folder_on_the_way_is_excluded_then_names_that_folder(index, docs):
    index(excludes=("deep/",))
    found = index.explain(docs / "deep" / "x.log")
    assert (found.state, found.rule) == ("left out", (docs / "deep", "excluded by deep/"))
    assert said(index.explain(docs / "deep")) == ("left out", "excluded by deep/")


def test_explain_when_behind_a_link_then_says_where_it_leads(index, docs):
    (docs / "link").symlink_to(docs / "deep")
    index()
    found = index.explain(docs / "link" / "x.log")
    assert (found.why, found.target) == (LINK, docs / "deep" / "x.log")


def test_explain_when_in_no_folder_of_the_index_then_says_so(index, docs):
    index()
    (docs.parent / "letter.txt").write_text("x")
    assert said(index.explain(docs.parent / "letter.txt")) == ("outside", "in no folder of the index")


def test_explain_when_neither_here_nor_known_then_refuses(index, docs):
    index()
    with pytest.raises(SettingsError, match="No such file"):
        index.explain(docs / "gone.txt")


def test_explain_when_the_file_has_changed_then_the_next_run_reads_it_again(index, docs):
    index()
    (docs / "roof.txt").write_text("Other tiles.")
    found = index.explain(docs / "roof.txt")
    assert (found.state, found.is_as_indexed) == ("indexed", False)
    assert found.next_run == "reads it again: the file has changed"


def test_explain_when_the_file_is_gone_then_the_next_run_takes_it_out(index, docs):
    index()
    (docs / "roof.txt").unlink()
    found = index.explain(docs / "roof.txt")
    assert (found.state, found.file, found.is_as_indexed) == ("indexed", None, None)
    assert found.next_run.startswith("takes it out of the index, if its folder can be listed")


def test_explain_when_new_then_the_next_run_reads_it(index, docs):
    index()
    (docs / "new.txt").write_text("x")
    found = index.explain(docs / "new.txt")
    assert (found.state, found.record, found.next_run) == ("new", None, "reads it")


def test_explain_when_it_failed_then_only_a_retry_reads_it(index, docs):
    index()
    assert index.explain(docs / "broken.txt").next_run == "nothing, unless with --retry"


def commit(index, docs, root, name="roof.txt", **changes):
    """What is known of a document, changed, in an index whose only folder is `root`."""
    with create_or_open_index(index.dir, fingerprint=FakeEmbedder().fingerprint) as writer:
        document_id, record = writer.snapshot.find(str(docs / name))
        chunks = tuple(writer.snapshot.chunk(chunk) for chunk in writer.snapshot.chunks_of(document_id))
        embeddings = writer.snapshot.embeddings_of(document_id)
        writer.commit([Addition(msgspec.structs.replace(record, **changes), chunks, embeddings)], roots=[root])
    return index.explain(docs / name)


@pytest.mark.parametrize(
    ("changes", "rules", "told"),
    [
        ({"stage": "names"}, {}, ("waiting", "reads it")),
        ({"is_begun": True}, {}, ("indexed", "reads the rest of it: its first pages are found already")),
        ({"reader_version": 0}, {}, ("indexed", "reads it again: this launcher reads better than the one before")),
        ({"pages": "image"}, {}, ("indexed", "reads it again: its text is wanted back")),
        ({"pages": "image"}, {"pages": "image"}, ("indexed", "nothing: it is up to date")),
        ({"kind": "archive"}, {"archives": "contents"}, ("indexed", "reads it again: --archives is another now")),
        ({"unseen": "damaged"}, {}, ("indexed", "nothing, unless with --retry")),
        ({"lost_pages": (2,)}, {}, ("indexed", "nothing, unless with --retry")),
        ({}, {"excludes": ("roof*",)}, ("indexed", "takes it out of the index")),
    ],
)
def test_explain_when_the_next_run_has_something_to_do_then_says_what(index, docs, changes, rules, told):
    index()
    found = commit(index, docs, Root(path=str(docs), **rules), **changes)
    assert (found.state, found.next_run) == told


def test_explain_when_its_folder_is_no_longer_one_of_the_index_then_says_so(index, docs):
    index()
    found = commit(index, docs, Root(path=str(docs / "deep")))
    assert (found.state, found.root) == ("indexed", None)
    assert found.next_run == "nothing: its folder is no longer one of the index"


def test_explanation_when_printed_then_has_what_a_person_asks_for(index, docs, capsys):
    index()
    print_explanation(index.explain(docs / "roof.txt"))
    lines = " ".join(capsys.readouterr().out.split())
    assert "roof.txt indexed: found by its text" in lines
    assert "kind text text 2 pages, 49 characters" in lines
    assert "as it was indexed" in lines
    assert "p. 1 The storm broke tiles of the roof. p. 2 And the gutter." in lines


def test_explanation_when_there_is_a_picture_then_says_what_was_looked_at(index, docs, capsys):
    index()
    print_explanation(index.explain(docs / "red.picture"))
    lines = " ".join(capsys.readouterr().out.split())
    assert "look 1 pictures" in lines
    assert "p. 1, look red" in lines


def test_explanation_when_a_name_is_hostile_then_it_is_only_text(index, docs, capsys):
    (docs / "[bold]a\x1b[31m\n.txt").write_text("[red]The\x1b[31m roof.[/red]")
    index()
    print_explanation(index.explain(docs / "[bold]a\x1b[31m\n.txt"))
    output = capsys.readouterr().out
    assert "[bold]a" in output
    assert "[red]The" in output
    assert "\x1b" not in output


def test_explanation_when_for_programs_then_has_every_field_of_the_record(index, docs):
    index()
    found = json.loads(json.dumps(as_json(index.explain(docs / "roof.txt"))))
    assert set(found["record"]) == set(DocumentRecord.__struct_fields__)
    assert [chunk["text"] for chunk in found["chunks"]] == ["The storm broke tiles of the roof.", "And the gutter."]
    assert (found["rule"], found["is_as_indexed"]) == (None, True)


def test_status_when_asked_for_what_is_skipped_then_counts_by_rule(index, docs, capsys):
    index(excludes=("*.log",))
    coverage = coverage_of(read_index(index.dir), index.dir)
    assert coverage_as_json(coverage)["left_out"] is None
    add_left_out(coverage)
    assert coverage.left_out == {HIDDEN: 1, "excluded by *.log": 1}
    print_coverage(coverage)
    assert "left out: excluded by *.log (1)" in capsys.readouterr().out


def test_status_when_a_folder_may_not_be_listed_then_says_so(index, docs, nobody):
    index()
    coverage = coverage_of(read_index(index.dir), index.dir)
    (docs / "deep").chmod(0o000)
    with nobody():
        add_left_out(coverage)
    assert coverage.left_out["cannot be listed: Permission denied"] == 1


def test_explanation_and_status_when_a_page_was_lost_then_say_which_and_why(index, docs, capsys):
    index()
    print_explanation(commit(index, docs, Root(path=str(docs)), lost_pages=(1, 3)))
    assert "without p. 1, 3, which took too long or crashed the reader" in " ".join(capsys.readouterr().out.split())
    print_coverage(coverage_of(read_index(index.dir), index.dir))
    assert "failed: read in part: pages which took too long or crashed the reader (1)" in capsys.readouterr().out


def test_status_when_a_document_is_read_in_its_beginning_then_says_how_many_are_how_far(index, docs, capsys):
    index()
    commit(index, docs, Root(path=str(docs)), is_begun=True)
    coverage = coverage_of(read_index(index.dir), index.dir)
    print_coverage(coverage)
    output = " ".join(capsys.readouterr().out.split())
    assert "1 of them by their first pages so far" in output
    assert "by text: 3, 1 of them" in output
    assert coverage_as_json(coverage)["begun"] == 1
    assert sum(counts["begun"] for counts in coverage.by_kind.values()) == 1


def test_status_when_reasons_differ_in_numbers_alone_then_groups_them(index, docs, capsys):
    index()
    commit(index, docs, Root(path=str(docs)), failure="9000 x 9000 pixels: too large", unseen="too large: 12 MB")
    commit(index, docs, Root(path=str(docs)), name="red.picture", failure="9 x 99000 pixels: too large")
    print_coverage(coverage_of(read_index(index.dir), index.dir))
    output = capsys.readouterr().out
    assert "failed: … x … pixels: too large (2)" in output
    assert "failed: not seen: too large: 12 MB (1)" in output


def test_plan_when_shown_then_counts_what_is_left_out(docs, capsys):
    root = Root(path=str(docs), excludes=("*.log",))
    plan = plan_update([root], None, all_roots=[root])
    print_plan(plan)
    assert "left out: excluded by *.log (1)" in capsys.readouterr().out
    assert plan_as_json(plan)["left_out"] == {HIDDEN: 1, "excluded by *.log": 1}


def test_explain_when_typed_then_answers_and_refuses_as_other_commands_do(shell, docs):
    shell("index", docs)
    assert "indexed: found by its text" in shell("explain", docs / "roof.txt").stdout
    assert shell.json("explain", docs / ".hidden.txt")["rule"]["rule"] == HIDDEN
    assert shell.json("status", "--skipped")["left_out"] == {HIDDEN: 1}
    assert_refused(shell("explain", docs / "gone.txt"), 2, "No such file")
