"""The key of an index in a real Secret Service: GNOME Keyring, on a bus and in a home of the test's own."""

import gc
import os
import subprocess
import sys
from contextlib import contextmanager

import keyring
import pytest
from jeepney import message_bus
from jeepney.io.blocking import Proxy, open_dbus_connection

from errors import IndexSealed
from index_key import delete_key, keyring_name, new_key, read_key
from tests.shell import assert_refused
from tests.xdisplay import need, running, wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a Secret Service is what Linux has")

SERVICE = "org.freedesktop.secrets"
PASSWORD = "of the person's login"


@pytest.fixture(autouse=True)
def session_bus(tmp_path, monkeypatch):
    """A session without a screen, where nobody can be asked for a password."""
    need("dbus-daemon", "gnome-keyring-daemon")
    forget_keyrings(monkeypatch)
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "PYTHON_KEYRING_BACKEND"):
        monkeypatch.delenv(name, raising=False)
    command = ["dbus-daemon", "--session", "--nofork", f"--address=unix:path={tmp_path}/bus", "--print-address=1"]
    with running(command, stdout=subprocess.PIPE, text=True) as daemon:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", daemon.stdout.readline().strip())
        yield


def forget_keyrings(monkeypatch):
    """What keyring found here before, in this process, is not what is here now."""
    monkeypatch.setattr(keyring.core, "_keyring_backend", None)
    vars(keyring.backend.get_all_keyring).pop("saved_result", None)


@contextmanager
def secret_service(*, is_unlocked):
    """GNOME Keyring, unlocked with a password as at a login, or not."""
    options = ["--unlock"] if is_unlocked else []
    command = ["gnome-keyring-daemon", "--foreground", "--components=secrets", *options]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=-3, stderr=-3, text=True) as daemon:
        try:
            daemon.stdin.write(PASSWORD if is_unlocked else "")
            daemon.stdin.close()
            wait_until(is_served)
            yield
        finally:
            daemon.terminate()


def is_served():
    with open_dbus_connection("SESSION") as connection:
        return bool(Proxy(message_bus, connection).NameHasOwner(SERVICE)[0])


def test_key_when_kept_by_the_service_then_is_there_until_deleted_and_nowhere_in_the_clear(own_home):
    with secret_service(is_unlocked=True):
        key_id, key = new_key()
        assert keyring_name() == "Secret Service"
        assert read_key(key_id) == key
        files = [path for path in own_home.rglob("*.keyring") if path.is_file()]
        assert files
        assert [path for path in files if key.hex().encode() in path.read_bytes() or key in path.read_bytes()] == []
        delete_key(key_id)
        with pytest.raises(IndexSealed, match="not in the keyring any more"):
            read_key(key_id)


def test_key_when_the_service_ended_and_came_back_then_is_still_there():
    with secret_service(is_unlocked=True):
        key_id, key = new_key()
    wait_until(lambda: not is_served())
    with secret_service(is_unlocked=True):
        assert read_key(key_id) == key


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_key_when_nobody_unlocks_the_keyring_then_says_that_it_stayed_locked():
    with secret_service(is_unlocked=True):
        key_id, _ = new_key()
    wait_until(lambda: not is_served())
    with secret_service(is_unlocked=False), pytest.raises(IndexSealed, match="stayed locked"):
        read_key(key_id)
    gc.collect()  # keyring leaves its connection open then; here its warning is nobody else's


def test_keyring_when_it_comes_after_this_process_looked_for_one_then_is_found(monkeypatch):
    bus = os.environ["DBUS_SESSION_BUS_ADDRESS"]
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
    with pytest.raises(IndexSealed, match="no keyring here"):
        keyring_name()
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", bus)
    with secret_service(is_unlocked=True):
        assert keyring_name() == "Secret Service"


def test_index_when_its_key_is_in_the_service_then_other_commands_find_it_there(shell, folder):
    with secret_service(is_unlocked=True):
        assert shell("index", folder, "--ocr", "off").returncode == 0
        result = shell("encryption", "on")
        assert (result.returncode, "(Secret Service)" in result.stdout) == (0, True)
        assert shell.hits("leaking", "ridge")[0]["path"].endswith("roof.txt")
    wait_until(lambda: not is_served())
    with secret_service(is_unlocked=False):
        assert_refused(shell("search", "roof"), 3, "stayed locked")
