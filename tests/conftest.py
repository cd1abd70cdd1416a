"""What every test gets without asking: a home of its own, and no network but the machine itself."""

import ipaddress
import os
import socket
from pathlib import Path

import pytest

pytest_plugins = (
    *("tests.shell", "tests.starter", "tests.resident", "tests.browser", "tests.xdisplay", "tests.screen"),
    *("tests.drives", "tests.rounds"),
)

PROJECT_DIR = Path(__file__).resolve().parent.parent
XDG_FOLDERS = ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR")


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory, monkeypatch):
    """A home that is empty and forgotten; only the weights are shared, they are dear to fetch."""
    home = tmp_path_factory.mktemp("home")
    folders = {name: home / name.removeprefix("XDG_").lower() for name in XDG_FOLDERS}
    for folder in folders.values():
        folder.mkdir(mode=0o700)
    for name in [name for name in os.environ if name.startswith("LAUNCHER_") and name != "LAUNCHER_MODELS"]:
        monkeypatch.delenv(name)
    for name, folder in {"HOME": home, "USERPROFILE": home, "LAUNCHER_HOME": home / "launcher", **folders}.items():
        monkeypatch.setenv(name, str(folder))
    monkeypatch.setenv("LAUNCHER_MODELS", os.environ.get("LAUNCHER_MODELS", str(PROJECT_DIR / "models" / "gguf")))
    return home


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    """Anything but loopback and Unix sockets fails the test, whoever catches exceptions on the way.

    Processes that a test starts are not covered; a fixture of wider scope that fetches the
    starter model runs before this one.
    """
    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, _guarded_method(getattr(socket.socket, name)))
    monkeypatch.setattr(socket, "getaddrinfo", _guarded_lookup(socket.getaddrinfo))


def _guarded_method(original):
    def guarded(self, *arguments):
        if self.family in (socket.AF_INET, socket.AF_INET6):
            _check(arguments[-1][0])  # the address comes last in all three
        return original(self, *arguments)

    return guarded


def _guarded_lookup(original):
    def guarded(host, *arguments, **options):
        _check(host)
        return original(host, *arguments, **options)

    return guarded


def _check(host):
    if not _is_loopback(host):
        pytest.fail(f"network: {host!r}", pytrace=True)


def _is_loopback(host):
    name = host.decode() if isinstance(host, bytes) else host
    if name in (None, "", "localhost"):
        return True
    try:
        return ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return False
