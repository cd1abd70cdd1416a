from pathlib import Path

import numpy as np
import pytest

from duplicates import collapsed, plain_name
from index_store import Addition, ChunkRecord, DocumentRecord, read_index
from ranking import Ranked
from tests.index_contents import DIM, write_index

STORY = " ".join(f"word{number} and" for number in range(100))
MORE = " ".join(f"other{number} or" for number in range(60))
BILL = "Of the water works for the flat in the old mill, to be paid in two weeks: EUR {}, of which tax {}, meter {}."


def document(path, text, *, modified=1, content="", kind="text", picture_hash="", direction=0):
    """One whose passage points in one of the directions; of texts that are alike it is the same."""
    embedding = np.eye(DIM, dtype=np.float32)[direction]
    chunk = ChunkRecord(page_number=1, start_char=0, end_char=len(text), text=text)
    record = DocumentRecord(
        path=path,
        size_bytes=len(text) + 1,
        mtime_ns=modified,
        inode=1,
        kind=kind,
        content_hash=content,
        picture_hash=picture_hash,
        text_chars=len(text),
    )
    return Addition(record, (chunk,), embedding[None])


@pytest.fixture
def groups(tmp_path):
    """Groups of documents, found in this order, as names of files."""

    def grouped(*documents, chances=(), limit=50, alone=()):
        write_index(tmp_path / "index", documents)
        snapshot = read_index(tmp_path / "index")
        ranked = [
            Ranked(found, chance, snapshot.chunks_of(found)[0], 0.5, 3.0, frozenset({"meaning"}), ())
            for (found, _), chance in zip(snapshot.documents(), chances or [0.5] * len(documents), strict=True)
        ]
        apart = [one.document for one in ranked if snapshot.document(one.document).path in alone]

        def name(one):
            return Path(snapshot.document(one.document).path).name

        found = collapsed(snapshot, ranked, limit=limit, alone=apart)
        return [[name(group.shown), *map(name, group.others)] for group in found]

    return grouped


def test_copies_when_their_bytes_are_the_same_then_they_are_one(groups):
    assert groups(document("/a/x.bin", "", content="c"), document("/b/y.bin", "", content="c", direction=1)) == [
        ["x.bin", "y.bin"]
    ]


def test_versions_when_half_of_the_text_is_the_same_then_they_are_one(groups):
    assert groups(document("/a/report_v2.docx", f"{STORY} {MORE}"), document("/a/report final.pdf", STORY)) == [
        ["report_v2.docx", "report final.pdf"]
    ]


def test_namesakes_when_they_are_in_other_folders_then_they_must_share_more(groups):
    assert len(groups(document("/a/README.md", f"{STORY} {MORE}"), document("/b/README.md", STORY))) == 2


def test_twins_when_they_are_called_otherwise_then_nearly_all_must_be_the_same(groups):
    twin = STORY.replace("word50", "term50")
    cousin = twin.replace("word10 and word11", "term").replace("word70", "term70").replace("word80", "term80")
    found = groups(document("/a/one.txt", STORY), document("/b/two.txt", twin), document("/c/three.txt", cousin))
    assert found == [["one.txt", "two.txt"], ["three.txt"]]


def test_bills_when_only_their_numbers_differ_then_they_stay_apart(groups):
    march = document("/a/bill 2024-03-01.pdf", BILL.format("81.30", "12.98", "20118"))
    april = document("/a/bill 2024-04-01.pdf", BILL.format("79.10", "12.62", "20342"))
    assert len(groups(march, april)) == 2


def test_texts_when_they_are_too_short_to_tell_then_they_stay_apart(groups):
    assert (
        len(groups(document("/a/one.txt", "Call the bank again"), document("/b/two.txt", "Call the bank again"))) == 2
    )


def test_empty_files_when_found_then_they_are_no_copies(groups):
    empty = [document(f"/{folder}/__init__.py", "x", content="empty") for folder in "ab"]
    empty = [
        one._replace(
            document=DocumentRecord(path=one.document.path, size_bytes=0, mtime_ns=1, inode=1, content_hash="empty")
        )
        for one in empty
    ]
    assert len(groups(*empty)) == 2


def test_pictures_when_their_names_and_layouts_are_alike_then_they_are_one(groups):
    pictures = [
        document(f"/a/{name}", "", kind="picture", picture_hash=f"{layout:016x}.")
        for name, layout in (
            ("beach.jpg", 0xFFFF),
            ("beach (1).jpg", 0xFFFE),
            ("beach old.jpg", 0),
            ("sea.jpg", 0xFFFF),
        )
    ]
    assert groups(*pictures) == [["beach.jpg", "beach (1).jpg"], ["beach old.jpg"], ["sea.jpg"]]


def test_group_when_two_are_nearly_as_good_then_the_newer_one_is_shown(groups):
    old, new = document("/a/x v1.txt", STORY, modified=1), document("/a/x v2.txt", STORY, modified=2)
    assert groups(old, new, chances=(0.50, 0.47)) == [["x v2.txt", "x v1.txt"]]


def test_group_when_the_newer_one_is_much_worse_then_the_better_one_is_shown(groups):
    old, new = document("/a/x v1.txt", STORY, modified=1), document("/a/x v2.txt", STORY, modified=2)
    assert groups(old, new, chances=(0.50, 0.30)) == [["x v1.txt", "x v2.txt"]]


def test_limit_when_reached_then_it_is_of_groups_and_later_copies_still_count(groups):
    documents = [document("/a/x.txt", "", content="x"), document("/a/y.txt", "", content="y", direction=1)]
    later = [document("/a/z.txt", "", content="z", direction=2), document("/b/x.txt", "", content="x", direction=3)]
    assert groups(*documents, *later, limit=2) == [["x.txt", "x.txt"], ["y.txt"]]


def test_document_when_it_is_to_stand_alone_then_its_copies_are_hits(groups):
    copies = [document(f"/{folder}/x.txt", "", content="x") for folder in "abc"]
    for alone in ("/a/x.txt", "/b/x.txt"):
        assert sorted(map(len, groups(*copies, alone=(alone,)))) == [1, 2]


@pytest.mark.parametrize(
    "name",
    [
        "Copy of Report_v2 final.docx",
        "report (1).pdf",
        "Report 2024-03-01.odt",
        "report_20240301.txt",
        "REPORT-rev.3.md",
    ],
)
def test_name_when_it_is_of_a_version_then_it_is_that_of_the_document(name):
    assert plain_name(name) == "report"


@pytest.mark.parametrize(
    "name", ["threshold.txt", "renew.txt", "invoice-2023.txt", "v2.txt", "final.pdf", "2024-03-01.md"]
)
def test_name_when_it_only_ends_like_a_version_then_it_stays(name):
    assert plain_name(name) == Path(name).stem.replace("-", " ")
