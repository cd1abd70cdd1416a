import numpy as np
import pytest

from errors import ModelFailed
from models.llama_session import SessionOptions, has_gpu, load_session
from models.precedence import Precedence

TEXTS = ["roof", "The storm took part of the roof.", "flour and water " * 40, "x"]


def test_embed_when_texts_share_a_batch_then_equals_one_by_one(starter_session):
    sequences = [starter_session.tokenize(text) for text in TEXTS * 10]
    together = starter_session.embed(sequences)
    apart = np.concatenate([starter_session.embed([sequence]) for sequence in sequences])
    assert (together * apart).sum(axis=1).min() >= 0.999


def test_embed_when_done_then_rows_are_unit_float32(starter_session):
    embeddings = starter_session.embed([starter_session.tokenize(text) for text in TEXTS])
    assert embeddings.dtype == np.float32
    assert np.allclose(np.linalg.norm(embeddings, axis=1), 1, atol=1e-5)


def test_embed_when_there_are_no_texts_then_gives_no_rows(starter_session):
    assert starter_session.embed([]).shape == (0, starter_session.dim)


@pytest.mark.parametrize("length", [0, 257, 5000])
def test_embed_when_a_text_does_not_fit_then_refuses_instead_of_aborting(starter_session, length):
    with pytest.raises(ModelFailed, match="does not fit"):
        starter_session.embed([[101] * length])


@pytest.mark.parametrize("token", [-1, 30522, 1 << 30])
def test_embed_when_a_token_does_not_exist_then_refuses(starter_session, token):
    with pytest.raises(ModelFailed):
        starter_session.embed([[101, token, 102]])


def test_embed_when_one_batch_failed_then_the_next_works(starter_session):
    with pytest.raises(ModelFailed):
        starter_session.embed([[101, 1 << 30, 102]])
    assert np.isfinite(starter_session.embed([[101, 7592, 102]])).all()


class AskedOnce(Precedence):
    """Somebody asks just when the first batch has begun, and has the answer before the second try."""

    tries = 0

    def give_way(self, **_):
        self.tries += 1
        self.flag.set(self.tries == 1)


def test_embed_when_somebody_asks_meanwhile_then_the_batch_is_given_up_and_done_again(starter_session):
    sequences = [starter_session.tokenize(text) for text in TEXTS]
    precedence = AskedOnce()
    embeddings = starter_session.embed(sequences, gives_way_to=precedence)
    assert precedence.tries == 2
    assert (embeddings * starter_session.embed(sequences)).sum(axis=1).min() >= 0.999


def test_tokenize_when_text_is_decomposed_then_equals_composed(starter_session):
    assert starter_session.tokenize("cafe\u0301 \uac00") == starter_session.tokenize("caf\xe9 \u1100\u1161")


def test_tokenize_when_text_has_a_lone_surrogate_then_still_answers(starter_session):
    assert starter_session.tokenize("caf\udce9")


@pytest.mark.parametrize("content", [b"", b"GGUF", b"<html>not a model</html>", b"GGUF" + bytes(range(256)) * 40])
def test_load_session_when_file_is_no_model_then_raises_model_failed(tmp_path, content):
    path = tmp_path / "bad.gguf"
    path.write_bytes(content)
    with pytest.raises(ModelFailed):
        load_session(path, SessionOptions(threads=1))


@pytest.mark.parametrize("kept", [0.0001, 0.5, 0.9999])
def test_load_session_when_file_is_truncated_then_raises_model_failed(tmp_path, starter_weights, kept):
    content = starter_weights.path.read_bytes()
    path = tmp_path / "half.gguf"
    path.write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(ModelFailed):
        load_session(path, SessionOptions(threads=1))


def test_load_session_when_file_is_missing_then_raises_model_failed(tmp_path):
    with pytest.raises(ModelFailed, match="Cannot read"):
        load_session(tmp_path / "none.gguf", SessionOptions(threads=1))


def test_load_session_when_weights_are_damaged_then_embedding_is_refused_not_wrong(tmp_path, starter_weights):
    content = bytearray(starter_weights.path.read_bytes())
    content[-4_000_000:] = b"\xff" * 4_000_000  # half floats of the scales become not-a-number
    path = tmp_path / "damaged.gguf"
    path.write_bytes(content)
    session = load_session(path, SessionOptions(threads=1))
    with pytest.raises(ModelFailed, match="not finite"):
        session.embed([session.tokenize("roof")])
    session.close()


def test_load_session_when_cuda_is_asked_without_a_gpu_then_says_so_and_runs(starter_weights):
    session = load_session(starter_weights.path, SessionOptions(threads=1, device="cuda"))
    assert bool(session.notice) != has_gpu()
    assert session.embed([session.tokenize("roof")]).shape == (1, session.dim)
    session.close()
