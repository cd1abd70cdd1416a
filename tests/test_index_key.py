"""The key of an encrypted index: kept by a keyring that keeps secrets, and what is said where there is none."""

import subprocess
import sys

import keyring
import keyring.backends.chainer
import keyring.backends.fail
import keyring.backends.null
import pytest
from keyring.errors import InitError, KeyringLocked

from errors import IndexSealed
from index_key import KeyReader, delete_key, keyring_name, new_key, read_key
from tests.kept_keys import MemoryKeyring
from tests.shell import PROJECT


class Plaintext(MemoryKeyring):
    """As those of keyrings.alt: whatever its priority."""

    __module__ = "keyrings.alt.file"


class NotRecommended(MemoryKeyring):
    priority = 0.5


class Forgetful(MemoryKeyring):
    def set_password(self, *_):
        pass


class Gone(MemoryKeyring):
    """As the Secret Service when its bus is gone."""

    def __getattribute__(self, name):
        if name == "priority":
            raise RuntimeError("the daemon is not running")
        return super().__getattribute__(name)


class Chain(keyring.backends.chainer.ChainerBackend):
    backends = ()
    viable = False

    def __init__(self, *backends):
        self.backends = backends


@pytest.fixture
def use(monkeypatch):
    """Has this process use a keyring, and find none where it looks for another."""
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    monkeypatch.setattr(keyring.core, "_keyring_backend", None)

    def used(backend):
        keyring.set_keyring(backend)
        return backend

    return used


@pytest.fixture
def kept(use):
    return use(MemoryKeyring())


def test_key_when_made_then_is_random_and_kept_under_its_id(kept):
    (one_id, one), (other_id, other) = new_key(), new_key()
    assert (len(one), len(other)) == (32, 32)
    assert one_id != other_id
    assert one != other
    assert (read_key(one_id), read_key(other_id)) == (one, other)


def test_key_when_deleted_then_only_it_is_gone(kept):
    (one_id, _), (other_id, other) = new_key(), new_key()
    delete_key(one_id)
    delete_key(one_id)
    with pytest.raises(IndexSealed, match="not in the keyring any more") as refused:
        read_key(one_id)
    assert "launcher clear" in refused.value.hint
    assert read_key(other_id) == other


@pytest.mark.parametrize("text", ["", "not hexadecimal", "abcd"])
def test_key_when_what_is_kept_is_none_then_is_taken_for_gone(kept, text):
    key_id, _ = new_key()
    kept.kept = dict.fromkeys(kept.kept, text)
    with pytest.raises(IndexSealed, match="not in the keyring any more"):
        read_key(key_id)


@pytest.mark.parametrize(
    "keyring_here",
    [keyring.backends.fail.Keyring(), keyring.backends.null.Keyring(), Plaintext(), NotRecommended(), Chain()],
    ids=lambda each: type(each).__name__,
)
def test_key_when_no_keyring_keeps_secrets_then_is_refused_and_nothing_is_written(use, keyring_here):
    use(keyring_here)
    for act in (new_key, lambda: read_key("id"), lambda: delete_key("id"), keyring_name):
        with pytest.raises(IndexSealed, match="no keyring here") as refused:
            act()
    assert "GNOME Keyring" in refused.value.hint
    assert not getattr(keyring_here, "kept", {})


def test_key_when_several_keyrings_are_chained_then_goes_to_the_best_that_is_safe_and_is_found_in_any(use):
    plain, best, other = Plaintext(), MemoryKeyring(), MemoryKeyring()
    use(Chain(plain, best, other))
    key_id, key = new_key()
    assert (len(plain.kept), len(best.kept), len(other.kept)) == (0, 1, 0)
    best.kept, other.kept = {}, best.kept
    assert read_key(key_id) == key
    delete_key(key_id)
    assert other.kept == {}


def test_key_when_the_keyring_does_not_keep_it_then_is_not_made(use):
    use(Forgetful())
    with pytest.raises(IndexSealed, match="does not keep"):
        new_key()


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (OSError("the bus is gone"), "does not answer: the bus is gone"),
        (TimeoutError(), "does not answer: TimeoutError"),
        (InitError("Failed to create the collection: Prompt dismissed."), "stayed locked"),
        (KeyringLocked("Failed to unlock the collection!"), "stayed locked"),
    ],
)
def test_key_when_the_keyring_fails_then_says_why(use, failure, said):
    use(MemoryKeyring(failure))
    with pytest.raises(IndexSealed, match=said) as refused:
        read_key("id")
    assert refused.value.hint


def test_key_when_the_keyring_is_gone_since_it_was_found_then_says_so(use):
    use(Gone())
    with pytest.raises(IndexSealed, match="does not answer: the daemon is not running"):
        read_key("id")


def test_reader_when_the_keyring_stayed_locked_then_leaves_it_in_peace_for_five_minutes(kept):
    key_id, key = new_key()
    times_s = iter((1000.0, 1000.0, 1001.0, 1299.0, 1301.0))
    reader = KeyReader(times_s.__next__)
    kept.failure, kept.asked = KeyringLocked("Failed to unlock the collection!"), []
    for _ in range(3):
        with pytest.raises(IndexSealed, match="stayed locked"):
            reader.key(key_id)
    assert len(kept.asked) == 1
    kept.failure = None
    assert reader.key(key_id) == key


def test_reader_when_the_key_was_gone_then_asks_again_at_once(kept):
    key_id, key = new_key()
    [(name, text)] = kept.kept.items()
    reader = KeyReader()
    kept.kept = {}
    with pytest.raises(IndexSealed):
        reader.key(key_id)
    kept.kept = {name: text}
    assert reader.key(key_id) == key


def test_keyring_when_no_key_is_needed_then_is_not_imported():
    command = [sys.executable, "-X", "importtime", "-c", "import index_key, key_source; index_key.KeyReader()"]
    ran = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    assert "index_key" in ran.stderr
    assert "keyring" not in {line.rpartition("|")[2].strip().split(".")[0] for line in ran.stderr.splitlines()}
