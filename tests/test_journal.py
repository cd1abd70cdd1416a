"""What is said against documents, by processes that die with them in the model's hands."""

import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from errors import ModelFailed, SettingsError
from log_file import CRASH_LOG
from service.journal import forget_suspects, journal_file, open_journal, put_down
from tests.shell import PROJECT

# Takes documents into its hands and dies: by a crash, or without leaving a trace.
WORKER = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from service.journal import open_journal
from log_file import trace_crashes
logs, index_dir, death, *paths = sys.argv[2:]
trace_crashes(Path(logs))
with open_journal(Path(index_dir), Path(logs)) as journal:
    for path in paths if death.endswith("one by one") else []:
        with journal.working_on([Path(path)]):
            pass
    with journal.working_on([Path(path) for path in paths]):
        os.abort() if "crash" in death else os.kill(os.getpid(), signal.SIGKILL)
"""


class Home:
    def __init__(self, folder):
        self.index_dir, self.logs, self.folder = folder / "index", folder / "logs", folder
        self.logs.mkdir()

    def document(self, name):
        path = self.folder / name
        path.write_bytes(os.fsencode(name))
        return path

    def die(self, death, *paths):
        command = [sys.executable, "-c", WORKER, PROJECT, self.logs, self.index_dir, death, *paths]
        died = subprocess.run(command, capture_output=True, text=True, check=False)
        assert died.returncode < 0, died.stderr

    def opened(self, **options):
        return open_journal(self.index_dir, self.logs, **options)

    def is_taken(self, *paths, **options):
        with self.opened(**options) as journal:
            return is_taken(journal, *paths)


def is_taken(journal, *paths):
    """Whether the model is given these documents."""
    try:
        with journal.working_on(paths):
            return True
    except ModelFailed:
        return False


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path)


def test_journal_when_nobody_died_then_says_nothing_and_leaves_nothing(home):
    a, b = home.document("a"), home.document("b")
    with home.opened() as journal:
        assert is_taken(journal, a, b)
        assert (journal.crashed, journal.set_aside) == ({}, frozenset())
    assert sorted(path.name for path in home.folder.iterdir()) == ["a", "b", "logs"]


def test_journal_when_the_process_died_then_its_documents_are_given_one_by_one(home):
    a, b, c = home.document("a"), home.document("b"), home.document("c")
    home.die("crash", a, b)
    with home.opened() as journal:
        assert journal.crashed == {str(a): 1, str(b): 1}
        assert not is_taken(journal, a, c)
        assert [is_taken(journal, path) for path in (a, b, c)] == [True, True, True]


def test_journal_when_a_document_crashed_it_alone_too_then_is_set_aside_and_the_others_are_not(home):
    a, b = home.document("a"), home.document("b")
    home.die("crash", a, b)
    home.die("crash", a)
    with home.opened() as journal:
        assert journal.set_aside == {str(a)}
        assert is_taken(journal, b)
        with pytest.raises(ModelFailed, match="crashed the launcher twice; tried again when it changes"):
            journal.working_on([a]).__enter__()


def test_journal_when_the_process_was_killed_then_it_takes_one_death_more(home):
    a = home.document("a")
    home.die("kill", a)
    home.die("kill", a)
    assert home.is_taken(a)
    home.die("kill", a)
    home.die("kill", a)
    home.die("kill", a)
    assert not home.is_taken(a)


def test_journal_when_killed_again_and_again_in_company_then_nobody_is_set_aside(home):
    a, b = home.document("a"), home.document("b")
    for _ in range(4):
        home.die("kill", a)
        assert home.is_taken(a)  # this run came through with it
    home.die("kill", a, b)
    assert home.is_taken(a)


def test_journal_when_a_run_came_through_with_all_of_it_then_forgets_it(home):
    a, b = home.document("a"), home.document("b")
    home.die("crash", a, b)
    with home.opened() as journal:
        assert is_taken(journal, a)
    with home.opened() as journal:
        assert journal.crashed == {str(b): 1}


def test_journal_when_only_the_beginning_of_a_document_is_survived_then_it_still_counts(home):
    a = home.document("a")
    home.die("crash one by one", a)
    home.die("crash one by one", a)
    assert not home.is_taken(a)


def test_journal_when_a_document_was_changed_or_removed_since_then_is_innocent(home):
    a, b = home.document("a"), home.document("b")
    home.die("crash", a)
    home.die("crash", a)
    home.die("crash", b)
    a.write_text("other words")
    b.unlink()
    with home.opened() as journal:
        assert journal.crashed == {}
        assert is_taken(journal, a)


def test_journal_when_tried_again_then_one_more_crash_sets_aside(home):
    a = home.document("a")
    home.die("crash", a)
    home.die("crash", a)
    with home.opened(retry=True) as journal:
        assert not journal.set_aside
    home.die("crash", a)
    assert not home.is_taken(a)


def test_journal_when_told_to_end_without_waiting_for_the_model_then_nobody_is_blamed(home):
    a = home.document("a")
    with home.opened() as journal, journal.working_on([a]):
        assert journal_file(home.index_dir).exists()
        put_down(journal_file(home.index_dir))
        with home.opened() as after:
            assert after.crashed == {}


def test_journal_when_a_folder_is_forgotten_then_its_names_are_gone(home):
    a, b = home.document("a"), home.document("b")
    home.die("crash", a, b)
    home.die("kill", a)
    said = [path.read_text() for path in home.folder.glob("index-*")]
    forget_suspects(home.index_dir, home.folder / "a")
    left = [path.read_text() for path in home.folder.glob("index-*")]
    assert [str(a) in "".join(each) for each in (said, left)] == [True, False]
    with home.opened() as journal:
        assert journal.crashed == {str(b): 1}
    forget_suspects(home.index_dir)
    assert list(home.folder.glob("index-*")) == []


@pytest.mark.parametrize("torn", [b"", b"[", b"7", b'{"a": 1}', b'[["a"]]', b'{"a": [1, "x"]}', b"\xff"])
def test_journal_when_its_files_were_torn_then_says_nothing(home, torn):
    journal_file(home.index_dir).write_bytes(torn)
    (home.folder / "index-suspects.json").write_bytes(torn)
    with home.opened() as journal:
        assert journal.crashed == {}


def test_journal_when_it_cannot_be_written_then_the_work_goes_on(home):
    home.index_dir = home.folder / "nowhere" / "index"
    assert home.is_taken(home.document("a"))


def test_journal_when_a_name_is_no_utf8_then_is_kept(home):
    a = home.document(os.fsdecode(b"caf\xe9"))
    home.die("crash", a)
    with home.opened() as journal:
        assert journal.crashed == {str(a): 1}


def test_journal_when_the_model_refuses_a_document_then_that_was_no_death(home):
    a = home.document("a")
    with home.opened() as journal:
        with pytest.raises(ZeroDivisionError), journal.working_on([a]):
            raise ZeroDivisionError
        assert not journal_file(home.index_dir).exists()


def test_journal_when_its_run_fails_then_still_says_what_it_said(home):
    a = home.document("a")
    home.die("crash", a)
    with pytest.raises(ZeroDivisionError), home.opened() as journal:
        assert is_taken(journal, a) / 0
    with home.opened() as journal:
        assert journal.crashed == {str(a): 1}


def test_journal_when_a_document_changes_while_it_is_open_then_is_innocent(home):
    a = home.document("a")
    home.die("crash", a)
    home.die("crash", a)
    with home.opened() as journal:
        assert not is_taken(journal, a)
        a.write_text("other words")
        assert is_taken(journal, a)


def test_journal_when_it_dies_before_the_suspects_are_written_then_the_next_one_knows_them(home, monkeypatch):
    a = home.document("a")
    home.die("crash", a)

    def die(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("service.journal._write_suspects", die)
        with pytest.raises(KeyboardInterrupt):
            home.opened().__enter__()
    with home.opened() as journal:
        assert journal.crashed == {str(a): 1}


def test_journal_when_a_crash_was_written_down_before_then_this_death_was_none(home):
    a = home.document("a")
    (home.logs / CRASH_LOG).write_text("Fatal Python error: Aborted")
    os.utime(home.logs / CRASH_LOG, (1, 1))
    die_without_a_trace(home, a)
    die_without_a_trace(home, a)
    assert home.is_taken(a)


def test_journal_when_the_log_of_crashes_is_new_and_empty_then_this_death_was_none(home):
    a = home.document("a")
    for _ in range(2):
        die_without_a_trace(home, a)
        (home.logs / CRASH_LOG).touch()
    assert home.is_taken(a)


def die_without_a_trace(home, *paths):
    """As a process that is killed with these in its hands."""
    with home.opened():
        pass
    journal_file(home.index_dir).write_text(json.dumps([str(path) for path in paths]))


def test_journal_when_a_name_cannot_be_one_then_it_is_nobodys(home):
    journal_file(home.index_dir).write_text('["a\\u0000b"]')
    with home.opened() as journal:
        assert journal.crashed == {}


def test_journal_when_it_cannot_be_taken_away_then_the_work_goes_on(home):
    put_down(home.folder)


def test_journal_when_its_folder_goes_while_it_is_open_then_closes(home):
    a = home.document("a")
    home.index_dir = home.folder / "there" / "index"
    home.index_dir.parent.mkdir()
    home.die("crash", a)
    with home.opened():
        shutil.rmtree(home.index_dir.parent)


def test_journal_when_it_names_documents_then_only_its_user_may_read_it(home):
    a = home.document("a")
    home.die("crash", a)
    with home.opened() as journal, journal.working_on([a]):
        files = list(home.folder.glob("index-*"))
        assert [stat.S_IMODE(file.stat().st_mode) for file in files] == [0o600, 0o600]


def test_journal_when_another_one_died_while_it_wrote_then_nothing_of_that_is_left(home):
    a = home.document("a")
    file = journal_file(home.index_dir)
    file.with_name(f".{file.name}.new").write_text("x" * 10_000)
    with home.opened() as journal, journal.working_on([a]):
        assert json.loads(file.read_text()) == [str(a)]


def test_journal_when_it_cannot_be_exchanged_then_the_one_before_is_whole(home, monkeypatch):
    a, b = home.document("a"), home.document("b")
    home.die("crash", a)
    with home.opened():
        pass

    def fail(*_):
        raise OSError

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", fail)
        with home.opened() as journal, journal.working_on([b]):
            assert not journal_file(home.index_dir).exists()
    with home.opened() as journal:
        assert journal.crashed == {str(a): 1}


def test_suspects_when_they_cannot_be_forgotten_then_says_which_file_to_delete(home):
    home.die("crash", home.document("a"))
    (home.folder / "index-suspects.json").mkdir()
    with pytest.raises(SettingsError, match="cannot be forgotten") as refused:
        forget_suspects(home.index_dir)
    assert str(home.folder / "index-suspects.json") in refused.value.hint
