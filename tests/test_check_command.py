"""`launcher check` from end to end: what it says, its exit codes, and that what a repair drops is read again."""

import json

import pytest


@pytest.fixture
def notes(tmp_path):
    folder = tmp_path / "notes"
    folder.mkdir()
    for number in range(6):
        (folder / f"note{number}.txt").write_text(f"note {number} about the number {number}")
    return folder


@pytest.fixture
def damaged(shell, notes):
    """An index of six notes; one byte of one's text is another."""
    assert shell("index", notes).returncode == 0
    (chunks,) = [path for path in shell.index_dir.glob("segments/*/chunks.jsonl") if path.stat().st_size]
    data = chunks.read_bytes()
    chunks.write_bytes(data.replace(b"number 3", b"number 8"))
    return shell


def test_check_when_all_is_well_then_says_so(shell, notes):
    shell("index", notes)
    result = shell("check")
    assert (result.returncode, result.stdout) == (0, "Every byte of the index is as it was written.\n")


def test_check_when_a_byte_is_damaged_then_names_file_and_documents_and_ends_with_3(damaged, notes):
    result = damaged("check")
    assert result.returncode == 3
    assert "chunks.jsonl: has changed since it was written" in result.stdout
    assert str(notes / "note3.txt") in result.stdout
    assert "launcher check --repair" in result.stdout


def test_repair_when_documents_are_dropped_then_the_next_index_reads_just_them_again(damaged, notes):
    result = damaged("check", "--repair", "--json")
    repaired = json.loads(result.stdout)
    assert (result.returncode, repaired["is_repaired"]) == (0, True)
    assert str(notes / "note3.txt") in repaired["lost"]
    assert damaged("check").returncode == 0
    report = json.loads(damaged("index", "--json").stdout.splitlines()[-1])
    assert (report["indexed"], report["unchanged"]) == (len(repaired["lost"]), 6 - len(repaired["lost"]))
    assert "number 3" in damaged("search", "note 3").stdout


def test_repair_when_all_is_well_then_changes_nothing(shell, notes):
    shell("index", notes)
    before = sorted(shell.index_dir.rglob("*.npy"))
    assert shell("check", "--repair").returncode == 0
    assert sorted(shell.index_dir.rglob("*.npy")) == before


def test_check_when_there_is_no_index_then_says_how_to_make_one(shell):
    result = shell("check")
    assert (result.returncode, "launcher index FOLDER" in result.stderr) == (3, True)
