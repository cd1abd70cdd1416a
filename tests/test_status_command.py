"""What `status` says of the resident process, and what it shows for as long as somebody looks."""

import json
import os
import pty
import signal
import sys
from itertools import pairwise

import pytest

from control.runtime_dir import make_runtime_dir
from control.server import open_control
from status_command import lines_of
from tests.shell import assert_refused

NOW = {
    "state": "working",
    "stage": "text",
    "documents": 12,
    "documents_total": 1300,
    "left_s": 312.0,
    "current": "/docs/report\n.pdf",
    "why": "on battery",
    "pace": "slow",
    "pending": 4,
    "churning": ["/docs/\x1b[2Jbuild"],
    "last_sweep": "2026-11-21T09:06:23+00:00",
    "notices": ["Not all folders can be watched: sudo sysctl fs.inotify.max_user_watches=524288"],
}


@pytest.fixture
def resident(shell):
    """What the resident process of that home says of itself; changed by the test."""
    make_runtime_dir(shell.home / "run")
    said = {"index_dir": str(shell.index_dir), "upkeep": dict(NOW), "declined": "It only talks."}
    server = open_control(shell.home / "run", lambda _: said)
    yield said
    server.close()


def words_of(resident):
    return " ".join(lines_of(resident))


def test_lines_when_nobody_runs_then_says_that_changes_are_not_followed():
    assert "not running, so changes are not followed" in words_of(None)


def test_lines_when_at_work_then_says_how_far_how_fast_and_why():
    words = words_of({"upkeep": NOW})
    assert words.startswith("Working slowly, indexing 12 of 1,300, 5 min 12 s left; 4 more changes wait (on battery).")
    for said in (
        "/docs/report\N{REPLACEMENT CHARACTER}.pdf",
        "/docs/\x1b[2Jbuild",
        "2026-11-2",
        "sudo sysctl",
    ):
        assert said in words


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("starting", "Starting"),
        ("watching", "Watching; 4"),
        ("aside", "aside"),
        ("paused", "resume goes on"),
    ],
)
def test_lines_when_not_at_work_then_says_so_and_no_figures(state, words):
    said = words_of({"upkeep": {**NOW, "state": state}})
    assert words in said
    assert "1,300" not in said
    assert "is as it is" not in said


def test_lines_when_there_is_nothing_to_do_then_says_that_all_is_well():
    watching = {"state": "watching", "pending": 0, "why": ""}
    assert "everything is as it is on the disk" in words_of({"upkeep": watching})
    assert "as it is on the disk" not in words_of({"upkeep": {**watching, "pending": 4}})


@pytest.mark.parametrize(
    "upkeep", [{}, {"upkeep": {}}, {"upkeep": {"state": "dancing"}}, {"upkeep": {"state": "working"}}]
)
def test_lines_when_another_version_runs_then_says_what_it_can(upkeep):
    assert words_of(upkeep)


def test_status_when_somebody_is_at_work_then_says_what_for_people_and_for_programs(shell, folder, resident):
    resident["index_dir"] = "/another"
    assert shell("index", folder, "--ocr", "off").returncode == 0
    assert "changes are not followed" in shell("status").stdout
    assert shell.json("status")["resident"] is None
    resident["index_dir"] = str(shell.index_dir)
    said = shell("status").stdout
    assert "Working slowly, indexing 12 of 1,300" in said
    assert "\x1b" not in said
    assert shell.json("status")["resident"]["upkeep"] == NOW


def test_status_when_watched_by_a_program_then_a_line_for_every_change(shell, folder, resident):
    assert shell("index", folder, "--ocr", "off").returncode == 0
    watched = shell.start("status", "--watch", "--json")
    lines = [json.loads(watched.stdout.readline())]
    resident["upkeep"]["state"] = "watching"
    lines.append(json.loads(watched.stdout.readline()))
    (folder / "cake.txt").write_text("Sugar, eggs.")
    assert shell("index").returncode == 0
    while lines[-1]["documents"] == 2:
        lines.append(json.loads(watched.stdout.readline()))
    watched.send_signal(signal.SIGINT)
    _, errors = watched.communicate(timeout=60)
    assert [line["resident"]["upkeep"]["state"] for line in lines[:2]] == ["working", "watching"]
    assert [before for before, after in pairwise(lines) if before == after] == []
    assert (lines[-1]["documents"], watched.returncode, errors) == (3, 130, "")


@pytest.mark.skipif(sys.platform == "win32", reason="has no such terminals")
def test_status_when_watched_in_a_terminal_then_shows_all_of_it_until_interrupted(shell, folder):
    assert shell("index", folder, "--ocr", "off").returncode == 0
    mine, its = pty.openpty()
    watched = shell.start("status", "--watch", stdout=its)
    os.close(its)
    seen = b""
    while b"changes are not followed" not in seen:
        seen += os.read(mine, 4096)
    watched.send_signal(signal.SIGINT)
    watched.communicate(timeout=60)
    os.close(mine)
    assert b"2 documents" in seen
    assert watched.returncode == 130


def test_status_when_watched_where_it_cannot_be_then_refused(shell, folder):
    assert shell("index", folder, "--ocr", "off").returncode == 0
    assert_refused(shell("status", "--watch"), 2, "no terminal to watch in")
    assert_refused(shell("status", "--watch", "--skipped"), 2, "too much")


def test_pause_and_resume_when_nobody_runs_then_say_so(shell):
    paused = shell("pause", "--for", "2h")
    assert (paused.returncode, paused.stderr) == (0, "The launcher is not running.\n")
    assert_refused(shell("resume"), 1, "not running")


def test_pause_and_resume_when_somebody_runs_then_are_told(shell):
    make_runtime_dir(shell.home / "run")
    asked = []
    server = open_control(shell.home / "run", lambda request: asked.append((request.command, request.fields)) or {})
    results = [shell("pause", "--for", "1h30m"), shell("pause"), shell("resume")]
    server.close()
    assert [result.returncode for result in results] == [0, 0, 0]
    assert asked == [("pause", {"for_s": 5400.0}), ("pause", {"for_s": None}), ("resume", {})]


@pytest.mark.parametrize("time", ["2", "h", "2x", "-2h", "2h30", "1h 30m", "soon"])
def test_pause_when_the_time_is_none_then_refused(shell, time):
    result = shell("pause", f"--for={time}")
    assert (result.returncode, "not a time such as" in result.stderr) == (2, True)
