"""The beginning of a GGUF, true ones and damaged ones."""

import pytest

from errors import ModelFailed
from models.gguf_header import Header, check_whole, read_header
from tests.tiny_gguf import write_gguf


def test_read_header_when_the_file_says_it_all_then_knows_it(tmp_path):
    path = write_gguf(tmp_path / "a.gguf", "qwen3vl", name="Some Reranker", pooling=4)
    assert read_header(path) == Header("qwen3vl", name="Some Reranker", pooling="rank")


def test_read_header_when_the_file_says_little_then_the_rest_is_empty(tmp_path):
    assert read_header(write_gguf(tmp_path / "a.gguf", "bert")) == Header("bert")


def test_read_header_when_it_is_of_a_projector_then_says_so(tmp_path):
    assert read_header(write_gguf(tmp_path / "a.gguf", "clip")).is_projector


@pytest.mark.parametrize("length", range(4, 120, 4))
def test_read_header_when_the_file_ends_within_it_then_fails_and_names_it(tmp_path, length):
    path = write_gguf(tmp_path / "a.gguf", "qwen3vl", name="Some Reranker", pooling=4)
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(ModelFailed, match=r"a\.gguf is damaged: it ends too early"):
        read_header(path)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"<html>404</html>", "Not a GGUF file"),
        (b"", "Not a GGUF file"),
        (b"GGUF" + b"\xff" * 60, "its beginning makes no sense"),
        (b"GGUF" + (3).to_bytes(4, "little") + b"\0" * 8 + b"\1" + b"\0" * 7 + b"\xff" * 60, "too long"),
        (b"GGUF" + (3).to_bytes(4, "little") + b"\0" * 16, "does not say which model"),
    ],
)
def test_read_header_when_it_is_no_header_then_fails(tmp_path, content, what):
    (tmp_path / "a.gguf").write_bytes(content)
    with pytest.raises(ModelFailed, match=what):
        read_header(tmp_path / "a.gguf")


def test_check_whole_when_it_is_then_says_nothing(tmp_path):
    check_whole(write_gguf(tmp_path / "a.gguf", "bert", values=1000))


@pytest.mark.parametrize("missing", [64, 3000, 4100])  # within the weights, within the list of tensors
def test_check_whole_when_the_end_is_missing_then_fails(tmp_path, missing):
    path = write_gguf(tmp_path / "a.gguf", "bert", values=1000)
    path.write_bytes(path.read_bytes()[:-missing])
    with pytest.raises(ModelFailed, match=r"a\.gguf is damaged"):
        check_whole(path)
