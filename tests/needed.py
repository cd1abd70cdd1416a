"""Programs of the system that a test needs: where they are, or why the test cannot run."""

import os
import shutil
from typing import NoReturn

import pytest


def missing(reason: str) -> NoReturn:
    """Skips the test; fails it where CI promises that nothing is missing."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def program(*names: str) -> str:
    """The path of the first of these that is installed."""
    found = next(filter(None, map(shutil.which, names)), None)
    return found or missing(f"not installed: {' or '.join(names)}")
