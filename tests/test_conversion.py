"""The converted starter model against the official implementation.

tests/data/starter_reference.json: tokens and embeddings by the official classes (F32, CPU)
on the official weights; tests/data/README.md says how they were made.
"""

import json
from pathlib import Path

import numpy as np
import pytest

CASES = json.loads((Path(__file__).parent / "data" / "starter_reference.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"][:20])
def test_tokenize_when_converted_then_tokens_are_the_official_ones(starter_session, case):
    assert starter_session.tokenize(case["text"]) == case["tokens"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"][:20])
def test_embed_when_converted_then_embedding_is_the_official_one(starter_session, case):
    embedding = starter_session.embed([case["tokens"]])[0]
    assert float(embedding @ np.array(case["embedding"])) >= 0.999


def test_tokenize_when_text_spells_a_special_token_then_it_stays_text(starter_session):
    begin, *inside, end = starter_session.tokenize("[SEP]")
    assert end not in inside
    assert begin not in inside
