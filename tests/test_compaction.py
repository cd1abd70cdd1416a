"""Merging segments: which ones, that nothing of them changes, and that no reader notices."""

import errno
import os
import shutil
from types import SimpleNamespace

import pytest

from index_store import check_index, compaction, nearest, read_index, words
from index_store.compaction import FEW_ROWS, MOST_ROWS, next_merge
from tests.index_contents import addition, contents, embeddings_of, open_writer

COMMITS = 14


@pytest.fixture
def directory(tmp_path):
    return tmp_path / "index"


@pytest.fixture
def writer(directory):
    with open_writer(directory) as writer:
        yield writer


@pytest.fixture
def many(directory, writer, monkeypatch):
    """A writer that has left a segment with every commit."""
    monkeypatch.setattr(compaction, "FEW_ROWS", 0)
    commit_many(writer, COMMITS)
    assert len(writer.snapshot.segments) == COMMITS
    return writer


def commit_many(writer, count):
    """Commits of two documents each, the second of which every third commit removes from the one before."""
    for number in range(count):
        gone = [f"/{number - 1}-b.txt"] if number % 3 == 1 else []
        texts = [f"passage{row} of{number}" for row in range(3)]
        writer.commit([addition(f"/{number}-a.txt", *texts), addition(f"/{number}-b.txt", f"b{number}")], removals=gone)


def expected_after(count):
    first = {f"/{number}-a.txt": [f"passage{row} of{number}" for row in range(3)] for number in range(count)}
    return first | {f"/{number}-b.txt": [f"b{number}"] for number in range(count) if number % 3 or number == count - 1}


def segments_of(*rows, dead=0):
    """As much of segments as choosing among them looks at."""
    return [
        SimpleNamespace(
            number=number,
            live_chunk_count=count,
            live_document_count=0,
            entry=SimpleNamespace(chunk_count=count + dead, document_count=0),
        )
        for number, count in enumerate(rows)
    ]


def merged(segments, **options):
    return [segment.number for segment in next_merge(segments, **{"most_rows": MOST_ROWS, **options})]


def test_next_merge_when_fewer_than_eight_neighbours_are_small_then_there_is_none():
    assert merged(segments_of(*[10] * 7, 5000, *[10] * 7)) == []


def test_next_merge_when_there_are_eight_then_the_smallest_are_first_and_a_large_neighbour_is_left_alone():
    assert merged(segments_of(*[500] * 8, 5000, *[10] * 9)) == list(range(9, 18))
    assert merged(segments_of(5000, *[10] * 7)) == []


def test_next_merge_when_together_they_are_too_many_then_only_as_many_as_may_be():
    assert merged(segments_of(*[4000] * 30), most_rows=FEW_ROWS) == list(range(8))
    assert merged(segments_of(*[30_000] * 30), most_rows=FEW_ROWS) == []


def test_next_merge_when_one_is_not_to_be_touched_then_it_divides_the_others():
    assert merged(segments_of(*[10] * 12), but_not=[4]) == []
    assert merged(segments_of(*[10] * 13), but_not=[4]) == list(range(5, 13))


def test_next_merge_when_a_quarter_is_dead_then_the_segment_is_written_anew():
    assert merged(segments_of(900, dead=200)) == []
    assert merged(segments_of(900, dead=400)) == [0]


@pytest.mark.parametrize("rows", [1, 100, 4096])
def test_next_merge_when_commits_go_on_then_few_segments_are_left_and_each_row_is_written_a_few_times(rows):
    segments, written, most = [], 0, 0
    for number in range(400):
        segments += segments_of(rows)
        segments[-1].number = number
        if parts := next_merge(segments, most_rows=FEW_ROWS):
            first = segments.index(parts[0])
            written += (size := sum(part.live_chunk_count for part in parts))
            segments[first : first + len(parts)] = segments_of(size)
        most = max(most, len(segments))
    assert written < 8 * 400 * rows
    assert most < 70


def test_commit_when_there_were_many_then_segments_are_merged_and_nothing_else_has_changed(directory, writer):
    commit_many(writer, 60)
    assert len(writer.snapshot.segments) < 16
    assert contents(read_index(directory)) == contents(writer.snapshot) == expected_after(60)
    assert check_index(directory).problems == []
    assert len(os.listdir(directory / "segments")) < 24


def test_compact_when_done_then_every_search_gives_the_same_in_the_same_order(directory, many):
    before = many.snapshot
    answers = _answers(before)
    assert answers[-1] == expected_after(COMMITS)
    assert _answers(compacted(many)) == _answers(read_index(directory)) == _answers(before) == answers


def compacted(writer):
    writer.compact()
    assert len(writer.snapshot.segments) < 8
    return writer.snapshot


def _answers(snapshot):
    query = embeddings_of(["passage1 of5"])[0]
    near = [snapshot.chunk(chunk).text for chunk, _ in nearest(snapshot, query, limit=50)]
    with_word = [snapshot.chunk(chunk).text for chunk, _ in snapshot.search_passages("passage1", limit=50)]
    named = [snapshot.document(document).path for document, _ in snapshot.search_names("5-a.txt", limit=5)]
    assert len(with_word) == COMMITS
    return near, with_word, named, contents(snapshot)


def test_compact_when_done_then_no_text_is_read_again_for_the_word_index(many, monkeypatch):
    monkeypatch.setattr(words, "_add", None)
    compacted(many)


def test_compact_when_the_word_index_is_lost_afterwards_then_it_is_made_from_what_was_merged(directory, many):
    compacted(many)
    many.close()
    words.delete(directory)
    assert len(read_index(directory).search_passages("passage1", limit=50)) == COMMITS


def test_compact_when_done_then_what_was_merged_is_gone_from_the_disk(directory, many):
    numbers = {f"{segment.number:06d}" for segment in compacted(many).segments}
    assert set(os.listdir(directory / "segments")) == numbers


def test_compact_when_any_call_fails_then_the_index_is_as_before_and_the_writer_goes_on(directory, many, monkeypatch):
    fail_at = 1
    while True:
        with monkeypatch.context() as patch:
            calls = failing_calls(patch, fail_at)
            many.compact()
        assert contents(read_index(directory)) == expected_after(COMMITS)
        if len(calls) < fail_at:
            break
        fail_at += 1
    assert fail_at > 15
    assert len(many.snapshot.segments) < 8


def failing_calls(patch, fail_at):
    """Let the n-th of some calls fail, and all after it; the list that they are counted in."""
    calls = []

    def failing(call):
        def failing_call(*args, **kwargs):
            calls.append(call)
            if len(calls) >= fail_at:
                raise OSError(errno.ENOSPC, "full")
            return call(*args, **kwargs)

        return failing_call

    for name in ("write", "fsync", "replace"):
        patch.setattr(os, name, failing(getattr(os, name)))
    return calls


def test_compact_when_a_segment_is_damaged_then_it_is_left_as_it_is_so_that_a_check_finds_it(directory, many):
    path = directory / "segments" / "000003" / "embeddings.npy"
    path.write_bytes(path.read_bytes()[:-1] + b"\0")
    many.compact()
    assert [segment.number for segment in many.snapshot.segments][:3] == [1, 2, 3]
    (problem,) = check_index(directory).problems
    assert problem.startswith("segments/000003/embeddings.npy")


def test_compact_when_the_disk_has_no_room_for_it_then_nothing_is_merged(many, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(total=1 << 40, free=1 << 26))
    before = many.snapshot
    many.compact()
    assert many.snapshot is before


def test_compact_when_asked_to_stop_then_it_stops(many):
    before = many.snapshot
    many.compact(should_stop=lambda: True)
    assert many.snapshot is before


def test_compact_when_most_of_a_segment_is_removed_then_its_text_leaves_the_disk(directory, writer):
    writer.commit([addition(f"/{number}.txt", f"secret{number}") for number in range(100)])
    writer.commit(removals=[f"/{number}.txt" for number in range(90)])
    writer.compact()
    (chunks,) = directory.glob("segments/*/chunks.jsonl")
    assert (b"secret9" in chunks.read_bytes(), b"secret8" in chunks.read_bytes()) == (True, False)
