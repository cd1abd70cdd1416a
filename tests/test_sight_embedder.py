"""What only an embedder that sees can be asked for: wishes, and queries in the middle of documents."""

import threading
import time
from dataclasses import replace

import numpy as np
import pytest

from errors import SettingsError
from models.profiles import QWEN3_VL
from models.prompts import Input
from models.sight_embedder import Wishes, load_sight_embedder
from models.sight_model import SightOptions
from tests.parity import EMBEDDING, SEEING, input_of, reference_embedding

PICTURE = np.random.default_rng(3).integers(0, 255, (600, 800, 3), dtype=np.uint8)
PLAIN = [name for name, case in EMBEDDING.items() if "instruction" not in case and "video" not in case]


@pytest.fixture
def opened():
    """An embedder with wishes, closed at the end."""
    embedders = []

    def open_and_keep(**wishes):
        options = SightOptions(threads=2)
        embedders.append(load_sight_embedder(SEEING, QWEN3_VL, options, Wishes(**wishes)))
        return embedders[-1]

    yield open_and_keep
    for embedder in embedders:
        embedder.close()


def test_embed_documents_when_detail_is_high_then_small_inputs_are_the_official_embeddings(opened):
    names = [name for name in PLAIN if EMBEDDING[name]["n_tokens"] < 1280]
    embeddings = opened(detail="high").embed_documents([input_of(EMBEDDING[name]) for name in names])
    references = np.stack([reference_embedding(name) for name in names])
    assert (embeddings * references).sum(axis=1).min() >= 0.999


def test_embed_query_when_asked_then_is_introduced_as_a_query(opened):
    embedder = opened()
    document = embedder.embed_documents(["roof"])[0]
    assert embedder.embed_query("roof") @ document < 0.999
    said = embedder.fingerprint.template
    as_document = opened(query_instruction="Represent the user's input.")
    assert as_document.embed_query("roof") @ document >= 0.9999
    assert as_document.fingerprint.template == said  # what is stored does not change


def test_document_instruction_when_another_then_is_another_fingerprint(opened):
    usual, other = opened(), opened(document_instruction="Represent the page for retrieval.")
    assert usual.fingerprint != other.fingerprint
    assert usual.embed_documents(["roof"])[0] @ other.embed_documents(["roof"])[0] < 0.999


def test_dim_when_shorter_then_is_the_beginning_at_unit_length(opened):
    full, short = opened(), opened(dim=48)
    beginning = full.embed_documents(["roof"])[0][:48]
    assert short.embed_documents(["roof"])[0] @ (beginning / np.linalg.norm(beginning)) >= 0.9999
    assert np.linalg.norm(short.embed_query("roof")) == pytest.approx(1, abs=1e-5)
    assert short.fingerprint == replace(full.fingerprint, dim=48)


@pytest.mark.parametrize("dim", [0, 31, 129])
def test_dim_when_impossible_then_refuses(opened, dim):
    with pytest.raises(SettingsError, match="128 dimensions"):
        opened(dim=dim)


@pytest.mark.parametrize(("detail", "most_tokens"), [("low", 64), ("medium", 256), ("high", 1280), (None, 256)])
def test_detail_when_chosen_then_bounds_the_tokens_of_a_picture(opened, detail, most_tokens):
    embedder = opened(detail=detail)
    assert embedder.picture_limits.max_px == most_tokens * 1024
    assert str(most_tokens) in embedder.fingerprint.preprocessing


def test_embed_query_when_documents_are_being_embedded_then_goes_first_and_disturbs_nothing(opened):
    embedder = opened()
    documents = ["tiles " * 250] * 16
    expected = embedder.embed_documents(documents[:1])[0]
    done = []
    indexing = threading.Thread(target=lambda: done.append(embedder.embed_documents(documents)), daemon=True)
    indexing.start()
    while indexing.is_alive() and not done:
        assert np.isfinite(embedder.embed_query("roof")).all()
        time.sleep(0.02)
    indexing.join(timeout=60)
    assert (done[0] @ expected).min() >= 0.9999


@pytest.mark.parametrize("query", [Input("roof"), Input(pictures=[PICTURE])], ids=["text", "picture"])
def test_embed_query_when_a_picture_is_being_looked_at_then_the_picture_is_still_seen_right(opened, query):
    embedder = opened(detail="high")
    expected = embedder.embed_documents([Input(pictures=[PICTURE])])[0]
    alone = embedder.embed_query(query)
    done = []
    looking = threading.Thread(
        target=lambda: done.append(embedder.embed_documents([Input(pictures=[PICTURE])] * 3)), daemon=True
    )
    looking.start()
    while looking.is_alive() and not done:
        assert embedder.embed_query(query) @ alone >= 0.9999
        time.sleep(0.02)
    looking.join(timeout=60)
    assert (done[0] @ expected).min() >= 0.9999
