"""Another user of this machine: everybody shares the loopback interface, and nobody shares files or the window."""

import os
import socket
import stat
import tempfile
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.browser import launched, shell_without_desktop, write_files
from tests.starter import NOBODY

pytestmark = pytest.mark.skipif(os.name != "posix", reason="other systems have other rights")


@pytest.fixture(scope="module")
def home(starter_weights):
    """A home in a folder that everybody may enter, as they are: the launcher's own rights must hold."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        home = Path(folder) / "home"
        home.mkdir(mode=0o755)
        yield home


@pytest.fixture(scope="module")
def window(home):
    """A shell whose window runs, with its origin and token; all files that the launcher makes are there."""
    shell, umask = shell_without_desktop(home / "launcher"), os.umask(0o000)  # the most careless that there is
    try:
        result = shell("index", write_files(home / "documents"), "--ocr", "off")
        assert result.returncode == 0, result.stderr
        with launched(shell) as (origin, token):
            httpx.get(f"{origin}/api/search?q=roof", headers={"Authorization": f"Bearer {token}"}).raise_for_status()
            yield shell, origin, token
    finally:
        os.umask(umask)


@pytest.fixture
def stranger(nobody):
    """A context in which this process is another user, with none of ours' groups."""
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")

    @contextmanager
    def rights():
        groups = os.getgroups()
        os.setgroups([])
        os.setegid(NOBODY)
        try:
            with nobody():
                yield
        finally:
            os.setegid(0)
            os.setgroups(groups)

    return rights


def made_by_the_launcher(shell):
    """All files and folders in its home, but for the tests' own opener."""
    paths = (path for path in shell.home.rglob("*") if "bin" not in path.relative_to(shell.home).parts)
    return [shell.index_dir, *paths]


def test_files_when_the_launcher_made_them_then_nobody_else_has_rights(window):
    shell, _, _ = window
    open_to_others = [path for path in made_by_the_launcher(shell) if may(path, 0o066) and may(path.parent, 0o011)]
    assert open_to_others == []


def test_token_and_socket_when_they_are_made_then_even_a_look_into_their_folder_would_not_help(window):
    shell, _, _ = window
    modes = {path.name: stat.S_IMODE(path.lstat().st_mode) for path in (shell.home / "run").iterdir()}
    assert {"window.json", "control.sock"} <= set(modes)
    assert set(modes.values()) == {0o600}


def may(path, rights):
    return bool(stat.S_IMODE(path.lstat().st_mode) & rights)


def test_stranger_when_it_reads_and_connects_then_may_not(window, stranger):
    shell, _, _ = window
    paths = made_by_the_launcher(shell)
    with stranger():
        refused = [path for path in paths if is_closed(path)]
    assert refused == paths


def is_closed(path):
    """Whether this user can neither list, read nor connect to what is there."""
    try:
        if path.is_socket():
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(str(path))
        elif path.is_dir():
            os.listdir(path)
        else:
            path.read_bytes()
    except PermissionError:
        return True
    return False


def test_stranger_when_it_asks_the_port_then_is_not_let_in(window, stranger):
    _, origin, _ = window
    with stranger(), httpx.Client(base_url=origin) as client:
        for path in ("/", "/?t=guess", "/api/status", "/api/search?q=roof", "/page/launcher.js"):
            assert client.get(path).status_code == 401
        headers = {"Origin": origin, "Sec-Fetch-Site": "same-origin", "Authorization": "Bearer guess"}
        assert client.post("/api/open", json={"ids": ["a"], "action": "open"}, headers=headers).status_code == 401
        assert client.post("/api/programs/search", json={"text": "roof"}, headers=headers).status_code == 401


def test_stranger_when_it_lists_processes_then_sees_no_token(window, stranger):
    _, _, token = window
    with stranger():
        lines = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    assert len(lines) > 1
    assert not [line for line in lines if token.encode() in line]
