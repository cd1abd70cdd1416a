"""Nothing leaves the machine: what would be contacted is noted, and where there is no way out everything works."""

import os
import re
import subprocess
import sys
from dataclasses import replace

import pytest

import network_diary
from diagnosis import check_of, network_checks
from settings import default_settings
from tests.needed import missing, program
from tests.shell import PROJECT

# A new network namespace has a loopback interface that is down, and nothing else.
WITH_LOOPBACK = """
import fcntl, os, socket, struct, sys
with socket.socket() as any_socket:
    fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh", b"lo", 0x41))  # SIOCSIFFLAGS: up, running
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""
REACH_OUT = """
import socket
try:
    socket.create_connection(("192.0.2.1", 80), timeout=5)
except OSError as error:
    print(error.strerror)
"""
# The real command, window and browser: a search in the terminal, and one in the window up to the opened file.
SESSION = (
    "tests/test_browser_search.py::test_enter_when_pressed_at_once_then_opens_what_was_typed",
    "tests/test_search_command.py::test_search_when_filters_are_words_then_they_are_named_and_are_no_text",
)


@pytest.fixture
def without_route():
    """Runs Python in a network namespace from which no way leads out."""
    if sys.platform != "linux":
        pytest.skip("other systems have no network namespaces")
    unshare = program("unshare")
    command = [unshare, "--map-root-user", "--net", sys.executable, "-c", WITH_LOOPBACK]

    def run(*arguments):
        result = subprocess.run([*command, *arguments], cwd=PROJECT, capture_output=True, text=True, check=False)
        if "unshare" in result.stderr:
            missing(f"no network namespace: {result.stderr.strip()}")
        return result

    return run


def test_namespace_when_a_program_reaches_out_then_there_is_no_way(without_route):
    assert "unreachable" in without_route("-c", REACH_OUT).stdout


def test_session_when_there_is_no_way_out_then_works(without_route, starter_weights, tmp_path):
    program("chromium", "chromium-browser", "google-chrome")
    # A folder of its own: pytest's sweep of the shared ones warns when another run sweeps at the same time.
    own = f"--basetemp={tmp_path / 'own'}"
    result = without_route("-m", "pytest", "-p", "no:cacheprovider", own, *SESSION)
    assert f"{len(SESSION)} passed" in result.stdout, result.stdout + result.stderr


def test_commands_when_watched_then_contact_nothing(starter_weights):
    found = list(network_checks(default_settings(os.environ), os.environ))
    assert [check.subject for check in found] == ["index", "search", "window", "assistant", "seen"]
    assert [check.finding for check in found[:-1]] == ["would have contacted nothing"] * 4
    assert all(check.passed for check in found)


def test_command_when_it_fetches_then_that_is_told_and_refused(tmp_path):
    settings = replace(default_settings(os.environ), models_dir=tmp_path)  # so that it wants the starter's weights
    check = next(network_checks(settings, {**os.environ, "HF_HUB_OFFLINE": "1"}))  # one of two sources will do
    assert not check.passed
    assert re.match(r"tried to look up [\w.]+, but failed: error: ", check.finding)
    assert not list(tmp_path.rglob("*.gguf"))


def test_step_when_it_came_to_its_end_but_tried_to_contact_somebody_then_has_not_passed():
    step = network_diary.Step("index", ("look up example.org", "connect to 192.0.2.1"), 3, "")
    check = check_of(step)
    assert (check.passed, check.finding) == (False, "tried to look up example.org, connect to 192.0.2.1")
    assert check_of(replace(step, contacts=())).passed


@pytest.mark.parametrize(
    ("code", "noted"),
    [
        ("socket.create_connection(('192.0.2.1', 80))", ["look up 192.0.2.1"]),
        ("socket.socket().connect(('192.0.2.1', 80))", ["connect to 192.0.2.1"]),
        ("socket.socket(type=socket.SOCK_DGRAM).sendto(b'a', ('192.0.2.1', 53))", ["send to 192.0.2.1"]),
        ("socket.gethostbyname('example.org')", ["look up example.org"]),
        ("socket.getaddrinfo(b'example.org', 80)", ["look up example.org"]),
        ("socket.socket().bind(('0.0.0.0', 0))", ["listen at 0.0.0.0"]),
        ("socket.socket().bind(('', 0))", ["listen at 0.0.0.0"]),
        ("socket.socket().bind(('127.0.0.1', 0))", []),
        ("socket.getaddrinfo('localhost', 80)", []),
        ("socket.socketpair()", []),
    ],
)
def test_hook_when_a_process_reaches_out_then_notes_where_to(tmp_path, code, noted):
    (tmp_path / "sitecustomize.py").write_text(network_diary.HOOK)
    diary = tmp_path / "diary"
    environ = {**os.environ, "PYTHONPATH": str(tmp_path), "LAUNCHER_DIARY": str(diary)}
    command = [sys.executable, "-c", f"import socket\n{code}"]
    result = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert (diary.read_text().splitlines() if diary.exists() else []) == noted
    assert bool(result.returncode) is bool(noted)
