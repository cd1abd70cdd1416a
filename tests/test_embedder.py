"""The contract of `Embedder`, held by the fakes, the starter model, and a tiny model that sees."""

import threading
from contextlib import contextmanager

import numpy as np
import pytest

from errors import ModelFailed, SettingsError
from models.embedder import load_embedder
from models.llama_session import SessionOptions
from models.precedence import Precedence
from models.prompts import Input
from models.sight_embedder import Wishes
from models.weights import find_weights
from tests.fakes import FakeEmbedder
from tests.parity import SEEING

RED = np.zeros((64, 96, 3), np.uint8) + np.array([255, 0, 0], np.uint8)
BLUE = RED[:, :, ::-1]


@contextmanager
def opened(name, starter_weights, precedence=None):
    if name.startswith("fake"):
        yield FakeEmbedder(sees_pictures=name == "fake that sees")
        return
    weights = {"starter": starter_weights, "sight": SEEING}[name]
    loaded = load_embedder(weights, SessionOptions(threads=2), precedence=precedence)
    yield loaded
    loaded.close()


@pytest.fixture(params=["fake", "starter"])
def embedder(request, starter_weights):
    """One that knows what words mean."""
    with opened(request.param, starter_weights) as embedder:
        yield embedder


@pytest.fixture(params=["fake", "starter", "fake that sees", "sight"])
def any_embedder(request, starter_weights):
    with opened(request.param, starter_weights) as embedder:
        yield embedder


@pytest.fixture(params=["fake that sees", "sight"])
def seeing(request, starter_weights):
    with opened(request.param, starter_weights) as embedder:
        yield embedder


def test_embed_documents_when_done_then_rows_are_unit_float32(any_embedder):
    embeddings = any_embedder.embed_documents(["The roof leaks.", "Bake the bread."])
    assert embeddings.shape == (2, any_embedder.dim)
    assert embeddings.dtype == np.float32
    assert np.allclose(np.linalg.norm(embeddings, axis=1), 1, atol=1e-5)


def test_embed_query_when_meaning_is_near_then_cosine_is_higher(embedder):
    query = embedder.embed_query("tiles on the roof after a storm")
    roof, bread = embedder.embed_documents(["The storm broke roof tiles.", "Flour, oven, bread."])
    assert query @ roof > query @ bread


def test_embed_documents_when_text_is_too_long_then_refuses_instead_of_cutting(any_embedder):
    with pytest.raises(ModelFailed):
        any_embedder.embed_documents(["word " * 3000])


def test_embed_documents_when_text_just_fits_then_embeds_it(embedder):
    text = "roof " * embedder.chunk_tokens
    assert embedder.count_tokens(text) == embedder.chunk_tokens
    assert embedder.embed_documents([text]).shape == (1, embedder.dim)


def test_embed_query_when_longer_than_a_chunk_then_still_answers(any_embedder):
    vector = any_embedder.embed_query("roof tiles " * 1000)
    assert vector.shape == (any_embedder.dim,)
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


def test_embed_query_when_longer_than_a_chunk_then_its_end_counts_too(embedder):
    [bread] = embedder.embed_documents(["flour oven bread"])
    roof = "roof tiles " * 300
    assert embedder.embed_query(roof + "flour oven bread " * 300) @ bread > embedder.embed_query(roof) @ bread + 0.2


def test_count_tokens_when_texts_are_joined_then_adds_up(embedder):
    first, second = "The storm took", "part of the roof."
    assert embedder.count_tokens(f"{first} {second}") == embedder.count_tokens(first) + embedder.count_tokens(second)


def test_fingerprint_when_model_is_loaded_then_names_weights_and_dimension(any_embedder):
    assert any_embedder.fingerprint.weights_sha256
    assert any_embedder.fingerprint.dim == any_embedder.dim


@pytest.mark.parametrize(("pooling", "what"), [(0, "without pooling"), (4, "a reranker")])
def test_load_embedder_when_the_model_does_not_pool_then_refuses_before_anything_is_read(
    tmp_path, starter_weights, pooling, what
):
    content = bytearray(starter_weights.path.read_bytes())
    place = content.index(b"bert.pooling_type") + len(b"bert.pooling_type") + 4  # after the type of the value
    content[place : place + 4] = pooling.to_bytes(4, "little")
    (tmp_path / "other.gguf").write_bytes(content)
    with pytest.raises(ModelFailed, match=what):
        load_embedder(find_weights(str(tmp_path / "other.gguf"), tmp_path), SessionOptions(threads=1))


def test_embed_documents_when_pictures_and_texts_are_mixed_then_each_keeps_its_place(seeing):
    inputs = ["flour", Input(pictures=[RED]), Input("flour", [BLUE]), Input("flour")]
    together = seeing.embed_documents(inputs)
    alone = np.concatenate([seeing.embed_documents([content]) for content in inputs])
    assert (together * alone).sum(axis=1).min() >= 0.9999
    assert together[0] @ together[3] >= 0.9999
    assert (together @ together.T - np.eye(4))[:3, :3].max() < 0.999


def test_embed_query_when_a_picture_is_shown_then_words_with_it_count_too(seeing):
    picture, both = seeing.embed_query(Input(pictures=[RED])), seeing.embed_query(Input("oven", [RED]))
    assert picture.shape == both.shape == (seeing.dim,)
    assert picture @ both < 0.999


def test_embed_when_the_model_sees_nothing_then_pictures_are_refused(embedder):
    with pytest.raises(ModelFailed, match="sees no pictures"):
        embedder.embed_query(Input(pictures=[RED]))
    with pytest.raises(ModelFailed, match="sees no pictures"):
        embedder.embed_documents([Input(pictures=[RED])])


def test_load_embedder_when_the_model_reads_text_only_then_takes_no_wishes(starter_weights):
    with pytest.raises(SettingsError, match="--dim"):
        load_embedder(starter_weights, SessionOptions(threads=1), Wishes(dim=64))


@pytest.mark.parametrize("name", ["starter", "sight"])
def test_embed_documents_when_somebody_is_urgent_then_waits_until_that_is_over(name, starter_weights):
    precedence, done = Precedence(), []
    with opened(name, starter_weights, precedence) as embedder:
        with precedence.urgent():
            indexing = threading.Thread(target=lambda: done.append(embedder.embed_documents(["roof"])), daemon=True)
            indexing.start()
            indexing.join(timeout=0.3)
            assert not done
            assert embedder.embed_query("roof").shape == (embedder.dim,)
        indexing.join(timeout=30)
        assert done[0].shape == (1, embedder.dim)
