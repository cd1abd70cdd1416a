"""The resident process from outside: real commands, real processes."""

import json
import os
import signal
import subprocess
import sys

import pytest

from control.runtime_dir import is_in_use, make_runtime_dir
from control.server import open_control
from tests.resident import Home, until
from tests.shell import PROJECT, Shell, assert_refused

# `launcher index` that cannot do the work itself.
HAND_OVER_ONLY = """
import sys
sys.path.insert(0, sys.argv[1])
import index_command, launcher
del index_command._done_here
sys.exit(launcher.main(sys.argv[2:]))
"""
EVERYTHING = ("control.json", "control.sock", "window.json")


@pytest.fixture(scope="module")
def served(tmp_path_factory, starter_weights):
    """One resident process with its window, for all tests that leave it as it is."""
    home = Home(Shell(tmp_path_factory.mktemp("home")))
    home.launch()
    home.window()
    yield home
    home.end()


def start_long_index(home, folder):
    """An index run that is at its documents by now, and would be for seconds."""
    folder.mkdir()
    for number in range(3000):
        about = f"{folder.parent.name} number {number} is about the roof, and the gutter, and storms."
        (folder / f"note {number}.txt").write_text(about)
    process = home.shell.start("index", folder, "--ocr", "off", "--json")
    until(lambda: json.loads(process.stdout.readline()).get("documents"))
    return process


def left_behind(home):
    return [name for name in EVERYTHING if (home.runtime_dir / name).exists()]


def test_launch_when_one_runs_already_then_says_so_and_ends(served):
    result = served.shell("launch", "--window", "none")
    assert (result.returncode, result.stderr) == (0, "The launcher is running already.\n")


def test_launch_when_one_runs_with_another_index_then_is_refused(served, tmp_path):
    result = served.shell("launch", "--window", "none", "--index-dir", tmp_path / "other")
    assert_refused(result, 2, "with the index in")


def test_toggle_when_started_without_a_window_then_says_so(served):
    assert_refused(served.shell("toggle"), 1, "started without a window")


def test_search_when_there_is_no_index_yet_then_says_so_until_there_is_one(served, folder):
    with served.browser() as browser:
        before = browser.get("/api/search", params={"q": "roof"})
        status = browser.get("/api/status").json()
        indexed = served.shell("index", folder, "--ocr", "off")
        after = browser.get("/api/search", params={"q": "water under the ridge"}).json()
        ready = browser.get("/api/status").json()
    assert ("no index" in before.json()["error"], before.json()["hint"]) == (True, "launcher index FOLDER")
    assert "no index" in status["error"]
    assert indexed.returncode == 0
    assert after["hits"][0]["name"] == "roof.txt"
    assert (ready["is_ready"], ready["documents"]) == (True, 2)


def test_index_when_handed_over_then_reports_as_if_done_here(served, folder):
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 nonsense")
    first = served.shell.script(HAND_OVER_ONLY, "index", folder, "--ocr", "off", "--json")
    second = served.shell.script(HAND_OVER_ONLY, "index", folder, "--ocr", "off")
    events = [json.loads(line) for line in first.stdout.splitlines()]
    assert [event["event"] for event in events][-2:] == ["progress", "report"]
    assert events[-1]["failed"][0][0] == str(folder / "broken.pdf")
    assert (first.returncode, second.returncode) == (0, 0)
    assert second.stdout.startswith("Indexed 0, unchanged 3, removed 0, failed 0")


def test_index_when_refused_then_says_so_as_if_done_here(served, tmp_path):
    result = served.shell.script(HAND_OVER_ONLY, "index", tmp_path / "nothing")
    assert_refused(result, 2, "No such folder")


def test_index_when_a_name_is_no_utf8_then_is_handed_over(served, folder):
    (folder / os.fsdecode(b"caf\xe9.txt")).write_text("Espresso and a croissant.")
    result = served.shell.script(HAND_OVER_ONLY, "index", folder, "--ocr", "off", "--json")
    assert json.loads(result.stdout.splitlines()[-1])["failed"] == []


@pytest.mark.parametrize(
    ("options", "reason"), [(("--threads", "1"), "other options"), (("--index-dir", "elsewhere"), "another index")]
)
def test_index_when_the_resident_process_is_of_another_kind_then_is_done_here(
    served, folder, tmp_path, options, reason
):
    result = served.shell("index", folder, "--ocr", "off", *options, cwd=tmp_path)
    assert reason in result.stderr
    assert (result.returncode, "Indexed 2" in result.stdout or "unchanged 2" in result.stdout) == (0, True)


def test_index_when_stopped_then_ends_after_the_commit_and_the_resident_process_goes_on(served, tmp_path):
    process = start_long_index(served, tmp_path / "many")
    process.send_signal(signal.SIGINT)
    stdout, _ = process.communicate(timeout=60)
    report = json.loads(stdout.splitlines()[-1])
    assert (process.returncode, report["interrupted"]) == (130, True)
    assert 0 < report["indexed"] < 3000
    assert served.status()["pid"] == served.processes[0].pid


def test_index_when_killed_then_the_resident_process_leaves_off(served, tmp_path, folder):
    process = start_long_index(served, tmp_path / "many")
    process.kill()
    process.communicate()
    result = until(lambda: (ended := served.shell("index", folder, "--ocr", "off")).returncode == 0 and ended)
    assert result.stdout.startswith("Indexed")
    assert served.shell("forget", tmp_path / "many").returncode == 0


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130), (signal.SIGHUP, 0)])
def test_resident_process_when_told_to_end_while_it_starts_then_leaves_nothing_behind(home, number, code):
    process = home.launch()
    process.send_signal(number)
    process.communicate(timeout=20)
    assert process.returncode == code
    assert (left_behind(home), is_in_use(home.runtime_dir)) == ([], False)


def test_quit_when_it_serves_then_everything_is_gone_when_it_returns(home):
    process = home.launch()
    with home.browser() as browser:
        assert browser.get("/").status_code == 200
        assert home.shell("quit").returncode == 0
        assert (left_behind(home), is_in_use(home.runtime_dir)) == ([], False)
    process.communicate(timeout=20)
    assert process.returncode == 0


def test_quit_when_an_index_run_goes_on_then_both_end_and_nothing_is_lost(home, tmp_path):
    resident = home.launch()
    process = start_long_index(home, tmp_path / "many")
    assert home.shell("quit").returncode == 0
    stdout, stderr = process.communicate(timeout=60)
    resident.communicate(timeout=20)
    # On a very busy machine it is not waited for the commit under way.
    assert (process.returncode, '"interrupted": true' in stdout) == (130, True) or "ended before it was done" in stderr
    assert resident.returncode == 0
    assert home.shell("check").returncode == 0


def test_quit_when_nobody_runs_then_says_so(shell):
    result = shell("quit")
    assert (result.returncode, result.stderr) == (0, "The launcher is not running.\n")


def test_launch_when_the_one_before_was_killed_then_starts(home):
    home.launch().kill()
    home.processes[0].wait()
    assert "control.sock" in left_behind(home)
    home.launch()


def test_launch_when_two_start_at_once_then_one_runs_and_the_other_ends_well(home):
    processes = [home.shell.start("launch", "--window", "none") for _ in range(2)]
    home.processes.extend(processes)
    pid = home.status()["pid"]
    [other] = [process for process in processes if process.pid != pid]
    _, stderr = other.communicate(timeout=60)
    assert (other.returncode, stderr) == (0, "The launcher is running already.\n")


def test_toggle_when_nobody_runs_then_starts_it_and_it_stays(home):
    home.shell.home.mkdir()
    (home.shell.home / "settings.json").write_text('{"window": "none"}')  # a window would be in the way of others
    result = home.shell("toggle")
    assert (result.returncode, result.stderr) == (0, "The launcher is not running; it starts now.\n")
    assert os.getsid(home.status()["pid"]) != os.getsid(0)
    assert home.shell("quit").returncode == 0


def test_launch_when_its_folder_is_deep_in_the_file_system_then_is_reached_all_the_same(tmp_path, starter_weights):
    home = Home(Shell(tmp_path / ("d" * 60) / ("e" * 60)))
    try:
        home.launch()
        assert left_behind(home) == ["control.json"]
        assert home.shell("quit").returncode == 0
    finally:
        home.end()


@pytest.mark.skipif(sys.platform == "win32", reason="there every folder of a person is theirs alone")
def test_launch_when_its_folder_is_open_to_others_then_refused(home):
    home.runtime_dir.mkdir(parents=True)
    home.runtime_dir.chmod(0o755)
    assert_refused(home.shell("launch", "--window", "none"), 2, "open to other users")
    assert_refused(home.shell("toggle"), 2, "open to other users")


def test_launch_when_the_port_is_taken_then_refused_and_nothing_stays(home, served):
    result = home.shell("launch", "--window", "none", "--port", str(served.window().port))
    assert_refused(result, 1, "is taken")
    assert left_behind(home) == []


def test_launch_when_asked_to_share_then_refused_with_the_reason(shell):
    assert_refused(shell("launch", "--share"), 2, "nothing leaves this machine")


def test_launch_when_the_shortcut_is_none_then_refused(shell):
    assert_refused(shell("launch", "--window", "none", "--keyboard-shortcut", "x"), 2, "is no keyboard shortcut")


def test_toggle_when_it_is_heard_then_nothing_slow_was_imported(shell):
    make_runtime_dir(shell.home / "run")
    server = open_control(shell.home / "run", lambda request: {"heard": request.command})
    command = [sys.executable, "-X", "importtime", str(PROJECT / "launcher.py"), "toggle"]
    result = subprocess.run(command, env=shell.environ, capture_output=True, text=True, check=True)
    server.close()
    loaded = {line.rpartition("|")[2].strip() for line in result.stderr.splitlines()}
    assert "control" in loaded
    assert loaded & {"argparse", "logging", "numpy", "rich", "subprocess", "settings", "launch_command"} == set()
