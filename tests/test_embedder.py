"""The contract of `Embedder`, held by the fake and by the starter model."""

import numpy as np
import pytest

from errors import ModelFailed
from models.embedder import load_embedder
from models.llama_session import SessionOptions
from models.weights import find_weights
from tests.fakes import FakeEmbedder


@pytest.fixture(params=["fake", "starter"])
def embedder(request, starter_weights):
    if request.param == "fake":
        yield FakeEmbedder()
        return
    loaded = load_embedder(starter_weights, SessionOptions(threads=2))
    yield loaded
    loaded.close()


def test_embed_documents_when_done_then_rows_are_unit_float32(embedder):
    embeddings = embedder.embed_documents(["The roof leaks.", "Bake the bread."])
    assert embeddings.shape == (2, embedder.dim)
    assert embeddings.dtype == np.float32
    assert np.allclose(np.linalg.norm(embeddings, axis=1), 1, atol=1e-5)


def test_embed_query_when_meaning_is_near_then_cosine_is_higher(embedder):
    query = embedder.embed_query("tiles on the roof after a storm")
    roof, bread = embedder.embed_documents(["The storm broke roof tiles.", "Flour, oven, bread."])
    assert query @ roof > query @ bread


def test_embed_documents_when_text_is_too_long_then_refuses_instead_of_cutting(embedder):
    with pytest.raises(ModelFailed):
        embedder.embed_documents(["word " * (embedder.chunk_tokens + 1)])


def test_embed_documents_when_text_just_fits_then_embeds_it(embedder):
    text = "roof " * embedder.chunk_tokens
    assert embedder.count_tokens(text) == embedder.chunk_tokens
    assert embedder.embed_documents([text]).shape == (1, embedder.dim)


def test_embed_query_when_longer_than_a_chunk_then_still_answers(embedder):
    vector = embedder.embed_query("roof tiles " * 1000)
    assert vector.shape == (embedder.dim,)
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


def test_embed_query_when_longer_than_a_chunk_then_its_end_counts_too(embedder):
    [bread] = embedder.embed_documents(["flour oven bread"])
    roof = "roof tiles " * 300
    assert embedder.embed_query(roof + "flour oven bread " * 300) @ bread > embedder.embed_query(roof) @ bread + 0.2


def test_count_tokens_when_texts_are_joined_then_adds_up(embedder):
    first, second = "The storm took", "part of the roof."
    assert embedder.count_tokens(f"{first} {second}") == embedder.count_tokens(first) + embedder.count_tokens(second)


def test_fingerprint_when_model_is_loaded_then_names_weights_and_dimension(embedder):
    assert embedder.fingerprint.weights_sha256
    assert embedder.fingerprint.dim == embedder.dim


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
