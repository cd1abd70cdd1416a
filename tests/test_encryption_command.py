"""`launcher encryption` from end to end: what is on the disk, where the key is, and what is said."""

import json
import signal
import sys
import threading

import pytest

from control.runtime_dir import make_runtime_dir
from control.server import open_control
from index_store.writer import lock_index
from tests.browser import shell_without_desktop, write_files
from tests.kept_keys import NO_KEYRING, environ_of
from tests.resident import Home, until
from tests.shell import Shell, assert_refused

QUESTION = ("leaking", "ridge")
TRACES = (b"storm broke", b"bread.txt", b"Knead flour")  # of the documents of `folder`


@pytest.fixture
def keys(tmp_path):
    """The file in which the keyring of these tests keeps keys."""
    return tmp_path / "keys.json"


@pytest.fixture
def shell(shell, keys):
    shell.environ |= environ_of(keys)
    return shell


@pytest.fixture
def encrypted(shell, folder):
    """An index of two documents, turned to an encrypted one."""
    assert shell("index", folder, "--ocr", "off").returncode == 0
    assert shell("encryption", "on").returncode == 0
    return shell


@pytest.fixture(scope="module")
def sealed(tmp_path_factory, starter_weights):
    """The same, for all tests that only read."""
    home = tmp_path_factory.mktemp("home")
    shell = Shell(home)
    shell.environ |= environ_of(home / "keys.json")
    documents = write_files(home / "documents", {"roof.txt": "The storm broke some tiles; water under the ridge."})
    assert shell("index", documents, "--ocr", "off").returncode == 0
    assert shell("encryption", "on").returncode == 0
    return shell


@pytest.fixture
def keyless(sealed, tmp_path):
    """The same again, with a keyring that does not have the key."""
    shell = Shell(sealed.home)
    shell.environ |= environ_of(tmp_path / "another.json")
    return shell


def kept(keys):
    return json.loads(keys.read_text()) if keys.exists() else {}


def traces(shell):
    """What of the documents stands in the bytes of any file of the index."""
    files = [path for path in shell.index_dir.rglob("*") if path.is_file()]
    assert files
    return {trace for path in files for trace in TRACES if trace in path.read_bytes()}


def found(shell):
    return [hit["path"].rpartition("/")[2] for hit in shell.hits(*QUESTION)]


def test_on_when_there_is_an_index_then_nothing_is_in_the_clear_and_all_is_found(shell, folder, keys):
    assert shell("index", folder, "--ocr", "off").returncode == 0
    before = found(shell)
    assert traces(shell) == set(TRACES)
    result = shell("encryption", "on")
    assert (result.returncode, result.stderr) == (0, "")
    assert traces(shell) == set()
    assert (found(shell), len(kept(keys))) == (before, 1)
    for word in ("The index is encrypted", "FileKeyring", "documents", "log", "opened", "settings", "swap", "disk"):
        assert word in result.stdout


def test_off_when_encrypted_then_is_as_before_and_the_key_is_gone(encrypted, keys):
    before = found(encrypted)
    result = encrypted("encryption", "off")
    assert (result.returncode, result.stderr) == (0, "")
    assert "is not encrypted" in result.stdout
    assert (found(encrypted), kept(keys)) == (before, {})
    assert traces(encrypted) == set(TRACES)


def test_encryption_when_only_asked_then_says_how_it_is_and_changes_nothing(shell, folder, keys):
    assert shell("index", folder, "--ocr", "off").returncode == 0
    assert "is not encrypted; launcher encryption on" in shell("encryption").stdout
    assert shell.json("encryption") == {"encryption": "off", "is_key_at_hand": False}
    assert shell.json("encryption", "on") == {"encryption": "on", "is_key_at_hand": True}
    assert shell("encryption").stdout == "The index is encrypted.\n"
    assert shell("encryption", "on").stdout == "The index is encrypted.\n"
    assert len(kept(keys)) == 1


def test_on_when_there_is_no_index_yet_then_the_first_one_is_never_in_the_clear(shell, folder):
    assert shell("encryption", "on").returncode == 0
    assert shell("index", folder, "--ocr", "off").returncode == 0
    assert found(shell)[0] == "roof.txt"
    assert traces(shell) == set()


def test_index_when_encrypted_then_what_is_new_is_encrypted_too(encrypted, folder):
    (folder / "Zanzibarquux.txt").write_text("The combination of the safe is 4711.")
    assert encrypted("index").returncode == 0
    assert encrypted.hits("combination", "of", "the", "safe")[0]["path"].endswith("Zanzibarquux.txt")
    pieces = (b"combination of", b"Zanzibarquux", b"zanzibarquux")
    assert [p for p in encrypted.index_dir.rglob("*") if p.is_file() and any(x in p.read_bytes() for x in pieces)] == []


def test_status_and_doctor_when_encrypted_then_say_so(sealed):
    assert "The index is encrypted.\n" in sealed("status").stdout
    assert sealed.json("status")["encryption"] == "on"
    doctor = sealed("doctor").stdout
    assert "every file's checksum is right; encrypted" in doctor
    assert "possible: the key would be kept by FileKeyring" in doctor


@pytest.mark.parametrize("command", [("search", "roof"), ("status",), ("index",), ("encryption", "off"), ("check",)])
def test_command_when_the_key_is_gone_then_says_what_helps_and_ends_with_3(keyless, command):
    result = keyless(*command)
    assert_refused(result, 3, "The key of the index is not in the keyring any more.")
    assert "launcher clear, then launcher index" in result.stderr


def test_encryption_when_the_key_is_gone_then_says_both(keyless):
    result = keyless("encryption", "--json")
    assert json.loads(result.stdout) == {"encryption": "on", "is_key_at_hand": False}
    assert_refused(result, 3, "not in the keyring any more")


def test_on_when_there_is_no_keyring_then_is_refused_and_the_index_stays_as_it_is(shell, folder):
    assert shell("index", folder, "--ocr", "off").returncode == 0
    shell.environ |= NO_KEYRING
    assert_refused(shell("encryption", "on"), 3, "There is no keyring here")
    assert shell.json("encryption")["encryption"] == "off"
    assert traces(shell) == set(TRACES)


def test_on_when_another_writes_the_index_then_no_key_is_left_behind(shell, folder, keys):
    assert shell("index", folder, "--ocr", "off").returncode == 0
    with lock_index(shell.index_dir):
        assert_refused(shell("encryption", "on"), 3, "Another launcher is writing")
    assert kept(keys) == {}


def test_clear_when_encrypted_then_the_key_goes_too_and_the_next_index_is_not_encrypted(encrypted, folder, keys):
    result = encrypted("clear", "--yes")
    assert result.returncode == 0
    assert "The next index is not encrypted" in result.stdout
    assert kept(keys) == {}
    assert encrypted("index", folder, "--ocr", "off").returncode == 0
    assert traces(encrypted) == set(TRACES)


@pytest.mark.parametrize("is_lost", [True, False], ids=["key is gone", "no keyring"])
def test_clear_when_the_key_cannot_be_had_then_the_index_is_deleted_all_the_same(encrypted, keys, is_lost):
    if is_lost:
        keys.unlink()
    else:
        encrypted.environ |= NO_KEYRING
    result = encrypted("clear", "--yes")
    assert result.returncode == 0
    assert is_lost or "The key stays in the keyring, and opens nothing any more" in result.stderr
    assert_refused(encrypted("search", "roof"), 3, "There is no index")


def test_clear_when_it_is_not_encrypted_then_no_keyring_is_asked(shell, folder):
    assert shell("index", folder, "--ocr", "off").returncode == 0
    shell.environ |= {"PYTHON_KEYRING_BACKEND": "nothing.of.this.Name"}
    result = shell("clear", "--yes")
    assert (result.returncode, result.stderr) == (0, "")
    assert "encrypted" not in result.stdout


@pytest.fixture
def aside(shell):
    """What was encrypted each time when another command had the resident process stand aside."""
    make_runtime_dir(shell.home / "run")
    noted = []

    def answer(request):
        if request.command != "aside":
            return {"declined": "It only stands aside."}
        noted.append(shell.json("encryption")["encryption"])
        request.tell({"is_aside": True})
        while not request.is_stopped():
            threading.Event().wait(0.01)
        noted.append("goes on")
        return {}

    server = open_control(shell.home / "run", answer)
    yield noted
    server.close()


def test_encryption_when_it_writes_the_index_then_the_resident_process_stands_aside_meanwhile(shell, folder, aside):
    assert shell("index", folder, "--ocr", "off").returncode == 0
    del aside[:]
    assert shell("encryption", "on").returncode == 0
    assert until(lambda: len(aside) == 2)
    assert shell("encryption", "off").returncode == 0
    assert until(lambda: len(aside) == 4)
    assert aside == ["off", "goes on", "on", "goes on"]


@pytest.mark.skipif(sys.platform == "win32", reason="has no such signal")
def test_on_when_interrupted_then_says_how_to_go_on_and_leaves_no_key_behind(shell, folder, keys):
    assert shell("index", folder, "--ocr", "off").returncode == 0
    make_runtime_dir(shell.home / "run")
    is_asked, is_over = threading.Event(), threading.Event()
    server = open_control(shell.home / "run", lambda _: is_asked.set() or is_over.wait(60) or {})  # never stands aside
    encrypting = shell.start("encryption", "on")
    assert is_asked.wait(60)
    encrypting.send_signal(signal.SIGINT)
    _, errors = encrypting.communicate(timeout=60)
    is_over.set()
    server.close()
    assert (encrypting.returncode, "launcher encryption on goes on where it stopped" in errors) == (130, True)
    assert (kept(keys), traces(shell)) == ({}, set(TRACES))


@pytest.fixture
def home(tmp_path, folder, keys, starter_weights):
    """A launcher that runs, with an index of `folder`."""
    home = Home(shell_without_desktop(tmp_path / "home"))
    home.shell.environ |= environ_of(keys)
    assert home.shell("index", folder, "--ocr", "off").returncode == 0
    home.launch()
    yield home
    home.end()


def test_resident_when_the_index_is_encrypted_and_decrypted_then_goes_on_searching_and_following(home, folder):
    with home.browser() as browser:
        for switch in ("on", "off"):
            assert home.shell("encryption", switch).returncode == 0
            (folder / f"gutter {switch}.txt").write_text("The gutter leaks.")
            until(lambda: f"gutter {switch}.txt" in names(browser, "gutter"))  # noqa: B023 - called in this round
            assert "roof.txt" in names(browser, " ".join(QUESTION))
            assert (traces(home.shell) == set()) == (switch == "on")
            assert browser.get("/api/overview").json()["encryption"] == switch


def test_resident_when_it_starts_with_an_encrypted_index_then_searches_it_and_makes_it_again_encrypted(home, keys):
    assert home.shell("encryption", "on").returncode == 0
    assert home.shell("quit").returncode == 0
    home.launch()
    before = kept(keys)
    with home.browser() as browser:
        assert "roof.txt" in names(browser, " ".join(QUESTION))
        token = {"Authorization": f"Bearer {home.window().token}"}
        assert browser.post("/api/index/rebuild", json={}, headers=token).status_code == 200
        until(lambda: browser.get("/api/overview").json()["coverage"].get("text", {}).get("text") == 2)
        assert "roof.txt" in names(browser, " ".join(QUESTION))
    assert (kept(keys), traces(home.shell)) == (before, set())


def names(browser, text):
    return [hit["name"] for hit in browser.get("/api/search", params={"q": text}).json()["hits"]]
