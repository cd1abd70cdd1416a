"""Parity with the official implementation: every input of the parity set, as it is and quantised."""

import pytest

from models.prompts import embedding_prompt
from models.sight_model import SightOptions, load_sight_model
from models.sight_session import open_session
from tests.parity import EMBEDDING, MIXED, gguf, input_of, instruction_of, reference_embedding

EVERY_CASE = EMBEDDING | MIXED
LEAST_COSINE = {"F32": 0.999, "Q8_0": 0.99}


@pytest.fixture(scope="module", params=LEAST_COSINE)
def loaded(request):
    """A session, and the cosine that it must reach."""
    model = load_sight_model(gguf(f"embed-{request.param.lower()}"), gguf("mmproj-embed-f32"), SightOptions(threads=2))
    assert request.param in model.description
    session = open_session(model)
    yield session, LEAST_COSINE[request.param]
    session.close()
    model.close()


@pytest.mark.parametrize("name", EVERY_CASE)
def test_embed_when_in_the_parity_set_then_equals_the_official_one(loaded, name):
    session, least_cosine = loaded
    prompt = embedding_prompt(input_of(EVERY_CASE[name]), **instruction_of(EVERY_CASE[name]))
    assert session.count_tokens(prompt) == EVERY_CASE[name]["n_tokens"]
    assert session.embed([prompt])[0] @ reference_embedding(name) >= least_cosine
