"""Fixtures of the starter model: real weights, fetched once by the program's own way."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from models.catalog import STARTER
from models.download import ensure_weights
from models.embedder import LlamaEmbedder, load_embedder
from models.llama_session import SessionOptions, load_session
from settings import default_settings

NOBODY = 65534


@pytest.fixture(scope="session")
def starter_weights():
    """Fetched when they are not here: without them nothing about meaning can be tested."""
    models_dir = default_settings(os.environ).models_dir
    return ensure_weights(STARTER, models_dir, offline=False, report=print)


@pytest.fixture(scope="session")
def starter_session(starter_weights):
    session = load_session(starter_weights.path, SessionOptions(threads=2))
    yield session
    session.close()


@pytest.fixture(scope="session")
def starter_embedder(starter_weights) -> Iterator[LlamaEmbedder]:
    embedder = load_embedder(starter_weights, SessionOptions(threads=2))
    yield embedder
    embedder.close()


@pytest.fixture
def nobody():
    """A context in which the process has no rights of its own: root may list everything."""

    @contextmanager
    def rights():
        user = os.geteuid()
        if user == 0:
            os.seteuid(NOBODY)
        try:
            yield
        finally:
            os.seteuid(user)

    return rights
