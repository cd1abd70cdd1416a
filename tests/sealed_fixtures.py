"""Copies of one index, plain and encrypted, and a process that has asked for no key yet."""

import shutil

import pytest

import key_source
from index_store import encrypt, sealing
from tests.sealed_contents import KEY, KEY_ID, fill


@pytest.fixture(scope="session")
def filled(tmp_path_factory):
    """An index that is not encrypted, for copies."""
    directory = tmp_path_factory.mktemp("filled") / "index"
    fill(directory)
    return directory


@pytest.fixture
def plain(filled, tmp_path, keys):
    return shutil.copytree(filled, tmp_path / "index")


@pytest.fixture(scope="session")
def encrypted_once(filled, tmp_path_factory):
    """The same, encrypted."""
    directory = shutil.copytree(filled, tmp_path_factory.mktemp("encrypted") / "index")
    encrypt(directory, KEY_ID, KEY)
    return directory


@pytest.fixture
def encrypted(encrypted_once, tmp_path, keys):
    return shutil.copytree(encrypted_once, tmp_path / "encrypted")


@pytest.fixture
def keys(monkeypatch):
    """A process that has asked for no key yet, and somebody who gives the right one."""
    keys = sealing._Keys()
    monkeypatch.setattr(sealing, "_KEYS", keys)
    monkeypatch.setattr(key_source, "_sources", [lambda key_id: {KEY_ID: KEY}[key_id]])
    return keys
