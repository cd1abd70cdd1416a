"""Keyrings of the tests: one in memory, and one that the processes of a test share.

A process is told of the latter by `environ_of`. It is safe to the launcher by its priority, and a file in the clear.
"""

import json
from pathlib import Path

from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError

NO_KEYRING = {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}


class MemoryKeyring(KeyringBackend):
    """Notes what it was asked for.

    Args:
        failure: What it raises in place of a password.
    """

    priority = 5
    viable = False  # it is used where a test says so, and never found by keyring itself

    def __init__(self, failure=None):
        self.kept = {}
        self.failure = failure
        self.asked = []

    def get_password(self, service, username):
        self.asked.append(username)
        if self.failure:
            raise self.failure
        return self.kept.get((service, username))

    def set_password(self, service, username, password):
        self.kept[service, username] = password

    def delete_password(self, service, username):
        if (service, username) not in self.kept:
            raise PasswordDeleteError(username)
        del self.kept[service, username]


class FileKeyring(KeyringBackend):
    """Keeps everything in `path`, which keyring sets from the environment."""

    priority = 5
    viable = False
    path = ""

    def get_password(self, service, username):
        return self._kept().get(f"{service}: {username}")

    def set_password(self, service, username, password):
        self._keep({**self._kept(), f"{service}: {username}": password})

    def delete_password(self, service, username):
        kept = self._kept()
        del kept[f"{service}: {username}"]
        self._keep(kept)

    def _kept(self):
        file = Path(self.path)
        return json.loads(file.read_text()) if file.exists() else {}

    def _keep(self, kept):
        Path(self.path).write_text(json.dumps(kept))


def environ_of(file):
    """What processes must have in their environment to keep their keys in this file."""
    return {"PYTHON_KEYRING_BACKEND": "tests.kept_keys.FileKeyring", "KEYRING_PROPERTY_PATH": str(file)}
