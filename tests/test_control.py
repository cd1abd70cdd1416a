"""Commands to the resident process, over real sockets."""

import json
import os
import socket
import threading

import pytest

import control
from control import NotRunning, Refused, ask, connected
from control.runtime_dir import LOCK_NAME, make_runtime_dir
from control.server import open_control
from control.window_state import WindowState, read_state, remove_state, write_state
from errors import LauncherError, SettingsError
from process_lock import take_lock
from tests.starter import NOBODY

STATE = WindowState(pid=123, port=45678, token="secret")


def answer(request):
    if request.command == "fail":
        raise SettingsError("That is wrong.", hint="Do it right.")
    if request.command == "break":
        raise ZeroDivisionError
    if request.command == "work":
        request.tell({"progress": 1})
        while not request.is_stopped():
            pass
        return {"stopped": True}
    return {"asked": request.command, **request.fields}


@pytest.fixture
def runtime_dir(tmp_path):
    make_runtime_dir(tmp_path / "run")
    return tmp_path / "run"


@pytest.fixture
def deep_dir(tmp_path):
    deep = tmp_path / ("d" * 60) / ("e" * 60) / "run"
    make_runtime_dir(deep)
    return deep


@pytest.fixture
def server(runtime_dir):
    server = open_control(runtime_dir, answer)
    yield server
    server.close()


@pytest.fixture
def deep_server(deep_dir):
    server = open_control(deep_dir, answer)
    yield server
    server.close()


def mode_of(path):
    return path.stat().st_mode & 0o777


def is_refused(connection, said):
    """Whether nothing comes back; what is said may not even be read."""
    try:
        connection.sendall(said)
        connection.shutdown(socket.SHUT_WR)
        return connection.recv(100) == b""
    except (BrokenPipeError, ConnectionResetError):
        return True


def test_command_when_somebody_listens_then_is_answered(server, runtime_dir):
    assert ask(runtime_dir, "toggle", window="app") == {"asked": "toggle", "window": "app"}


def test_command_when_nobody_listens_then_not_running(runtime_dir, tmp_path):
    for folder in (runtime_dir, tmp_path / "none"):
        with pytest.raises(NotRunning) as caught:
            ask(folder, "toggle")
        assert caught.value.hint


def test_command_when_the_socket_was_left_behind_then_not_running(runtime_dir):
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(str(runtime_dir / "control.sock"))
    with pytest.raises(NotRunning):
        ask(runtime_dir, "toggle")
    open_control(runtime_dir, answer).close()


def test_files_when_listening_then_are_for_the_user_alone_and_go_at_the_end(runtime_dir, deep_dir):
    servers = [open_control(folder, answer) for folder in (runtime_dir, deep_dir)]
    files = [runtime_dir / "control.sock", deep_dir / "control.json"]
    assert [mode_of(path) for path in (runtime_dir, deep_dir, *files)] == [0o700, 0o700, 0o600, 0o600]
    for server in servers:
        server.close()
    assert [path.exists() for path in files] == [False, False]


def test_command_when_the_path_is_too_long_for_a_socket_then_is_answered_all_the_same(deep_server, deep_dir):
    assert len(os.fsencode(deep_dir / "control.sock")) > control.LONGEST_PATH_BYTES
    assert ask(deep_dir, "show") == {"asked": "show"}


def test_command_when_the_secret_is_wrong_then_is_not_answered(deep_server, deep_dir):
    path = deep_dir / "control.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"secret": "guessed"}))
    with pytest.raises(LauncherError, match="ended before"):
        ask(deep_dir, "show")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_command_when_of_another_user_then_is_not_answered(server, runtime_dir, nobody, monkeypatch):
    for path, mode in ((runtime_dir, 0o755), (runtime_dir / "control.sock", 0o666)):
        path.chmod(mode)
    monkeypatch.chdir(runtime_dir)  # whose parents are closed to others
    with socket.socket(socket.AF_UNIX) as connection:
        with nobody():
            connection.connect("control.sock")
        assert is_refused(connection, b'{"command": "show"}\n')


@pytest.mark.parametrize("said", [b"nonsense\n", b"[1]\n", b""])
def test_server_when_told_nonsense_then_hangs_up_and_goes_on(server, runtime_dir, said):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(runtime_dir / "control.sock"))
        assert is_refused(connection, said)
    assert ask(runtime_dir, "show") == {"asked": "show"}


def test_refusal_when_the_work_fails_then_says_why_with_hint_and_exit_code(server, runtime_dir):
    with pytest.raises(Refused) as caught:
        ask(runtime_dir, "fail")
    assert (caught.value.message, caught.value.hint, caught.value.exit_code) == ("That is wrong.", "Do it right.", 2)


def test_refusal_when_there_is_a_bug_then_is_an_answer_and_the_log_has_it(server, runtime_dir, caplog):
    with pytest.raises(Refused) as caught:
        ask(runtime_dir, "break")
    assert caught.value.exit_code == 70
    assert "ZeroDivisionError" in caplog.text


def test_work_when_stopped_then_still_answers(server, runtime_dir):
    events = []
    with connected(runtime_dir) as connection:

        def heard(event):
            events.append(event)
            connection.stop()

        assert connection.ask("work", on_event=heard) == {"stopped": True}
    assert events == [{"progress": 1}]


def test_work_when_who_asked_is_gone_then_stops(runtime_dir):
    done = threading.Event()

    def told(request):
        answer(request)
        done.set()
        return {}

    server = open_control(runtime_dir, told)
    with connected(runtime_dir) as connection:
        connection._send({"command": "work"})
    assert done.wait(10)
    server.close(wait_s=10)


@pytest.mark.parametrize("mode", [0o750, 0o701, 0o777])
def test_folder_when_open_to_others_then_refused(runtime_dir, mode):
    runtime_dir.chmod(mode)
    for use in (make_runtime_dir, read_state, lambda folder: ask(folder, "show")):
        with pytest.raises(SettingsError, match="open to other users") as caught:
            use(runtime_dir)
        assert caught.value.hint.startswith("chmod 700")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_folder_when_of_another_user_then_refused(runtime_dir):
    os.chown(runtime_dir, NOBODY, NOBODY)
    with pytest.raises(SettingsError, match="belongs to another user"):
        ask(runtime_dir, "show")


def test_folder_when_a_link_or_a_file_stands_there_then_refused(runtime_dir, tmp_path):
    link, file = tmp_path / "link", tmp_path / "file"
    link.symlink_to(runtime_dir)
    file.touch()
    for path in (link, file):
        with pytest.raises(SettingsError):
            make_runtime_dir(path)


def test_state_when_somebody_runs_then_is_read_by_the_user_alone(runtime_dir):
    with take_lock(runtime_dir / LOCK_NAME):
        write_state(runtime_dir, STATE)
        assert read_state(runtime_dir) == STATE
        assert mode_of(runtime_dir / "window.json") == 0o600
        remove_state(runtime_dir)
        assert read_state(runtime_dir) is None


def test_state_when_who_wrote_it_was_killed_then_nobody_is_running(runtime_dir):
    write_state(runtime_dir, STATE)
    assert read_state(runtime_dir) is None


@pytest.mark.parametrize("damage", ["", "[]", '{"pid": 1}', '{"pid": "x", "port": 1, "token": ""}'])
def test_state_when_damaged_then_nobody_is_running(runtime_dir, damage):
    (runtime_dir / "window.json").write_text(damage)
    with take_lock(runtime_dir / LOCK_NAME):
        assert read_state(runtime_dir) is None
