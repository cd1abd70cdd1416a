"""Prompts evaluated together, and behind a beginning that they share, against one by one from nothing."""

import threading

import numpy as np
import pytest

from models import sight_session
from models.decoder import Stopped
from models.prompts import Input, embedding_prompt
from models.sight_model import SightOptions, load_sight_model
from models.sight_session import open_session
from models.stop_flag import StopFlag
from tests.parity import EMBEDDING, gguf, input_of, instruction_of, reference_embedding

PICTURE = np.random.default_rng(7).integers(0, 255, (96, 128, 3), dtype=np.uint8)
OTHER = 255 - PICTURE
WORDS = ["roof", "storm", "tiles", "gutter", "cake", "bread", "flour", "oven", "invoice", "tax", "money", "bill"]


@pytest.fixture(scope="module")
def model():
    model = load_sight_model(gguf("embed-f32"), gguf("mmproj-embed-f32"), SightOptions(threads=2, exact_cache=True))
    yield model
    model.close()


@pytest.fixture
def opened(model):
    """`open_session` over the model, closed at the end."""
    sessions = []

    def open_and_keep(**options):
        sessions.append(open_session(model, **options))
        return sessions[-1]

    yield open_and_keep
    for session in sessions:
        session.close()


def text_of(number):
    return " ".join(WORDS[(number * place) % len(WORDS)] for place in range(1, 3 + number * 3))


def mixed_prompts():
    texts = [embedding_prompt(Input(text_of(number))) for number in range(12)]
    seen = [embedding_prompt(Input("caption", [PICTURE])), embedding_prompt(Input(None, [PICTURE, OTHER]))]
    return [*texts[:5], seen[0], *texts[5:], seen[1]]


def one_by_one(session, prompts):
    embeddings = []
    for prompt in prompts:
        session.clear()
        embeddings.append(session.embed([prompt])[0])
    return np.stack(embeddings)


def lowest_cosine(embeddings, others):
    return (embeddings * others).sum(axis=1).min()


def counted_decodes(monkeypatch, session):
    """How many tokens each evaluation has, as they happen."""
    sizes, decode = [], session._decoder._decode
    monkeypatch.setattr(
        session._decoder,
        "_decode",
        lambda rows, *, outputs: (sizes.append(len(rows)), decode(rows, outputs=outputs)),
    )
    return sizes


@pytest.mark.parametrize("batch_tokens", [4, 64, 512])
def test_embed_when_many_share_a_beginning_then_equals_one_by_one(opened, model, batch_tokens, monkeypatch):
    session, prompts = opened(), mixed_prompts()
    alone = one_by_one(session, prompts)
    monkeypatch.setattr(model, "options", SightOptions(threads=2, exact_cache=True, batch_tokens=batch_tokens))
    together = opened()
    together.share([embedding_prompt(Input(""))[0][:60]])
    assert lowest_cosine(together.embed(prompts), alone) >= 0.9999


def test_embed_when_the_order_is_another_then_each_keeps_its_own(opened):
    session, prompts = opened(), mixed_prompts()
    order = np.random.default_rng(1).permutation(len(prompts))
    assert lowest_cosine(session.embed([prompts[row] for row in order]), session.embed(prompts)[order]) >= 0.9999


@pytest.mark.parametrize("size", [1, 2, 3, 8])
def test_embed_when_groups_are_of_another_size_then_equals_one_by_one(opened, monkeypatch, size):
    monkeypatch.setattr(sight_session, "GROUP_PROMPTS", size)
    session, prompts = opened(), mixed_prompts()
    assert lowest_cosine(session.embed(prompts), one_by_one(session, prompts)) >= 0.9999


@pytest.mark.parametrize("beginning", ["<|im_start|>system\nSomething else", "<|im_start|>system\nRepresent"])
def test_embed_when_prompts_begin_otherwise_than_shared_then_still_equals(opened, beginning):
    session, prompts = opened(), mixed_prompts()
    alone = one_by_one(session, prompts)
    session.share([beginning])
    assert lowest_cosine(session.embed(prompts), alone) >= 0.9999


def test_embed_when_the_shared_beginning_has_a_picture_then_equals(opened):
    session = opened()
    prompts = [["See ", PICTURE, f" and {word}"] for word in WORDS[:4]]
    alone = one_by_one(session, prompts)
    session.share(["See ", PICTURE])
    assert lowest_cosine(session.embed(prompts), alone) >= 0.9999


def test_embed_when_another_picture_was_shared_then_is_not_mistaken_for_it(opened):
    session, prompt = opened(), ["See ", PICTURE, " now"]
    alone = one_by_one(session, [prompt])[0]
    session.share(["See ", OTHER])
    assert session.embed([prompt])[0] @ alone >= 0.9999


def test_embed_when_a_beginning_is_shared_then_its_tokens_are_not_evaluated_again(opened, monkeypatch):
    session, prompt = opened(), embedding_prompt(Input("roof"))
    everything = session.count_tokens(prompt)
    session.share([prompt[0].partition("roof")[0]])
    sizes = counted_decodes(monkeypatch, session)
    session.embed([prompt])
    assert sum(sizes) < everything / 2


def test_embed_when_texts_are_short_then_they_are_evaluated_together(opened, monkeypatch):
    session = opened()
    prompts = [embedding_prompt(Input(word)) for word in WORDS[:8]]
    session.share([prompts[0][0].partition(WORDS[0])[0]])
    sizes = counted_decodes(monkeypatch, session)
    session.embed(prompts)
    assert len(sizes) == 2  # all but the last tokens, and the last ones


def test_embed_when_a_long_text_is_among_short_ones_then_it_goes_alone(opened, monkeypatch):
    session = opened()
    prompts = [embedding_prompt(Input(text)) for text in ("roof", "storm", "tiles " * 90)]
    sizes = counted_decodes(monkeypatch, session)
    session.embed(prompts)
    assert session.count_tokens(prompts[-1]) < sight_session.GROUP_TOKENS
    assert sizes[1:] == [2, sizes[2], 1]  # last tokens: of the two short ones together, of the long one


def test_embed_when_the_context_is_full_of_a_beginning_then_makes_room(opened):
    session = opened(context_tokens=256)
    session.share(["word " * 60])
    long = ["tiles " * 70]
    assert session.count_tokens(long) > 256 - session.count_tokens(["word " * 60])
    assert session.embed([long])[0] @ one_by_one(session, [long])[0] >= 0.9999


def test_embed_next_when_typed_on_then_equals_from_nothing(opened):
    session, typed = opened(), "roof damage after the storm"
    for end in range(1, len(typed) + 1):
        prompt = embedding_prompt(Input(typed[:end]))
        session.embed_next(prompt)
    assert session.embed_next(prompt) @ one_by_one(session, [prompt])[0] >= 0.9999


def test_embed_next_when_a_word_is_added_then_only_it_and_what_follows_are_evaluated(opened, monkeypatch):
    session = opened()
    before, after = (embedding_prompt(Input(text)) for text in ("roof damage", "roof damage storm"))
    session.embed_next(before)
    sizes = counted_decodes(monkeypatch, session)
    session.embed_next(after)
    new_tokens = session.count_tokens(after) - session.count_tokens(before)
    assert sum(sizes) <= new_tokens + 8  # what ends every prompt, and a token that grew


def test_embed_next_when_a_picture_stays_and_words_change_then_equals_from_nothing(opened):
    session = opened()
    session.embed_next(embedding_prompt(Input("in red", [PICTURE])))
    prompt = embedding_prompt(Input("in blue", [PICTURE]))
    assert session.embed_next(prompt) @ one_by_one(session, [prompt])[0] >= 0.9999


@pytest.mark.parametrize("stop_after_s", [0.0, 0.02, 0.05])
def test_embed_when_an_evaluation_was_stopped_then_the_next_one_is_right(opened, stop_after_s):
    stop = StopFlag()
    session = opened(stop=stop)
    prompt = embedding_prompt(Input("tiles " * 900, [PICTURE]))  # several batches
    threading.Timer(stop_after_s, stop.set, [True]).start()
    with pytest.raises(Stopped):
        session.embed([prompt] * 100)
    stop.set(False)
    again = session.embed([prompt])
    assert lowest_cosine(again, one_by_one(session, [prompt])) >= 0.9999


def test_embed_when_batched_then_still_equals_the_official_ones(opened):
    names = [name for name in EMBEDDING if not name.startswith("text_long")]
    session = opened()
    prompts = [embedding_prompt(input_of(EMBEDDING[name]), **instruction_of(EMBEDDING[name])) for name in names]
    assert lowest_cosine(session.embed(prompts), np.stack([reference_embedding(name) for name in names])) >= 0.999
