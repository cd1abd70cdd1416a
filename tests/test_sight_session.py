"""What a session promises, and what must never end the process; parity is held by test_sight_parity.py."""

import shutil
import threading

import gguf as gguf_format
import numpy as np
import pytest
from gguf.scripts.gguf_new_metadata import MetadataDetails, copy_with_new_metadata

from errors import ModelFailed
from models import projector as projector_module
from models.prompts import FramePair, Input, embedding_prompt
from models.sight_model import SightOptions, load_sight_model
from models.sight_session import open_session
from tests.parity import EMBEDDING, gguf, input_of, instruction_of, pixels_of, reference_embedding

WEIGHTS, PROJECTOR = gguf("embed-f32"), gguf("mmproj-embed-f32")
RANKER = gguf("rerank-rank-f32")
PICTURE = np.full((64, 64, 3), 127, np.uint8)


class Loaded:
    """A session with the model it is over, and one prompt at a time."""

    def __init__(self, model, *, has_classifier=False):
        self.model = model
        self.session = open_session(model, has_classifier=has_classifier)
        self.dim, self.context_tokens = model.dim, self.session.context_tokens

    def embed(self, prompt):
        return self.session.embed([prompt])[0]

    def count_tokens(self, prompt):
        return self.session.count_tokens(prompt)

    def close(self):
        self.session.close()
        self.model.close()


def load(weights=WEIGHTS, projector=PROJECTOR, **options):
    model = load_sight_model(weights, projector, SightOptions(**{"threads": 2} | options))
    try:
        return Loaded(model)
    except ModelFailed:
        model.close()
        raise


def load_ranker(weights=RANKER, *, for_ranking=True):
    model = load_sight_model(weights, gguf("mmproj-rerank-f32"), SightOptions(threads=1))
    return Loaded(model, has_classifier=for_ranking and model.has_classifier(weights))


def set_metadata(path, values):
    fields = gguf_format.GGUFReader(path, "r+").fields
    for name, value in values.items():
        fields[name].parts[fields[name].data[0]][0] = value


def prompt_of(case):
    return embedding_prompt(input_of(case), **instruction_of(case))


@pytest.fixture(scope="module")
def session():
    session = load(context_tokens=512, batch_tokens=128)
    yield session
    session.close()


@pytest.fixture
def opened():
    """`load`, closed at the end."""
    sessions = []

    def load_and_keep(*files, **options):
        sessions.append(load(*files, **options))
        return sessions[-1]

    yield load_and_keep
    for session in sessions:
        session.close()


@pytest.fixture(scope="module")
def both_weights(tmp_path_factory):
    """The weights as they are, and with metadata that end every input in `<|endoftext|>`, as Qwen3-Embedding's do."""
    path = tmp_path_factory.mktemp("ending") / "ending.gguf"
    shutil.copyfile(WEIGHTS, path)
    end_of_text = gguf_format.GGUFReader(path).fields["tokenizer.ggml.padding_token_id"].contents()
    set_metadata(path, {"tokenizer.ggml.add_eos_token": True, "tokenizer.ggml.eos_token_id": end_of_text})
    return {"plain": WEIGHTS, "ending": path}


def test_embed_when_the_cache_is_exact_then_no_value_is_off_by_what_half_floats_would_cost(opened):
    embedding = opened(exact_cache=True).embed(prompt_of(EMBEDDING["text_short"]))
    assert np.abs(embedding - reference_embedding("text_short")).max() <= 1e-5  # 8e-5 with halves


def test_embed_when_done_then_is_unit_float32(session):
    embedding = session.embed(embedding_prompt(Input("roof", [PICTURE])))
    assert (embedding.shape, embedding.dtype) == ((session.dim,), np.float32)
    assert np.linalg.norm(embedding) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("batch_tokens", [1, 7, 64, 5000])
def test_embed_when_batches_are_of_another_size_then_is_the_same(opened, session, batch_tokens):
    prompt = embedding_prompt(Input("roof " * 50, [pixels_of("inputs/picture_256x256.png")]))
    other = opened(context_tokens=512, batch_tokens=batch_tokens)
    assert other.embed(prompt) @ session.embed(prompt) >= 0.9999


def test_embed_when_another_input_came_before_then_is_the_same(session):
    prompt = embedding_prompt(Input("roof"))
    first = session.embed(prompt)
    session.embed(embedding_prompt(Input("storm", [PICTURE])))
    assert (session.embed(prompt) == first).all()


def test_embed_when_frames_swap_places_then_is_another(session):
    dark, light = np.zeros((128, 128, 3), np.uint8), np.full((128, 128, 3), 255, np.uint8)
    forth, back = (session.embed(["<0.2 seconds>", FramePair(*pair), "x"]) for pair in ((dark, light), (light, dark)))
    assert forth @ back < 0.999


@pytest.mark.parametrize("pictures", [[], [PICTURE]], ids=["text", "picture"])
@pytest.mark.parametrize(
    ("end_token", "added"),
    [("auto", {"plain": 0, "ending": 1}), ("always", {"plain": 1, "ending": 1}), ("never", {"plain": 0, "ending": 0})],
)
def test_end_token_when_chosen_then_follows_the_prompt_or_not(session, both_weights, end_token, added, pictures):
    prompt = embedding_prompt(Input("roof", pictures))
    for name, weights in both_weights.items():
        chosen = load(weights, end_token=end_token)
        by_hand = [*prompt[:-1], prompt[-1] + "<|endoftext|>" * added[name]]
        assert chosen.count_tokens(prompt) == session.count_tokens(prompt) + added[name]
        assert chosen.embed(prompt) @ session.embed(by_hand) >= 0.9999
        chosen.close()


def test_end_token_when_unknown_then_refuses():
    with pytest.raises(ModelFailed, match="sometimes"):
        load(end_token="sometimes")


@pytest.mark.parametrize("marker", ["<__media__>", "<image>", "<|image_pad|>"])
def test_embed_when_text_spells_a_marker_then_it_stands_for_no_picture(session, marker):
    with_marker, without = (embedding_prompt(Input(text, [PICTURE])) for text in (marker, ""))
    assert session.count_tokens(with_marker) > session.count_tokens(without)
    assert np.isfinite(session.embed(with_marker)).all()


@pytest.mark.parametrize("text", ["nul \0 byte", "lone surrogate \udce9", "\ufffe\uffff", "\U0001f680" * 50])
@pytest.mark.parametrize("pictures", [[], [PICTURE]], ids=["text", "picture"])
def test_embed_when_text_is_strange_then_still_answers(session, text, pictures):
    assert np.isfinite(session.embed(embedding_prompt(Input(text, pictures)))).all()


def test_embed_when_it_just_fits_the_context_then_answers(session):
    tokens = session.context_tokens
    assert session.count_tokens(["\n" + "<|im_end|>" * (tokens - 1)]) == tokens
    assert np.isfinite(session.embed(["\n" + "<|im_end|>" * (tokens - 1)])).all()


@pytest.mark.parametrize(
    "parts",
    [
        ["<|im_end|>" * 513],
        ["word " * 100_000],
        [np.zeros((768, 768, 3), np.uint8), "x"],  # 576 tokens
        [PICTURE, "<|im_end|>" * 507],  # 6 for the picture with its brackets
    ],
)
def test_embed_when_longer_than_the_context_then_refuses_and_goes_on(session, parts):
    with pytest.raises(ModelFailed, match="does not fit"):
        session.embed(parts)
    assert np.isfinite(session.embed(["x"])).all()


@pytest.mark.parametrize("parts", [[], [""], [PICTURE, np.zeros((33, 64, 3), np.uint8), "x"]])
def test_embed_when_the_prompt_is_none_then_refuses(session, parts):
    with pytest.raises(ModelFailed):
        session.embed(parts)


@pytest.mark.parametrize(
    "pixels",
    [np.zeros((0, 64, 3), np.uint8), np.zeros((64, 64), np.uint8), np.zeros((64, 64, 3), np.float32)],
)
def test_embed_when_a_picture_is_none_then_refuses(session, pixels):
    with pytest.raises(ModelFailed, match="Not a picture"):
        session.embed([pixels, "x"])


def test_embed_when_llama_cpp_would_shrink_a_picture_then_refuses(opened, monkeypatch):
    monkeypatch.setattr(projector_module, "_MAX_TOKENS", 4)
    with pytest.raises(ModelFailed, match="another size"):
        opened().embed([np.zeros((64, 96, 3), np.uint8), "x"])  # 6 tokens


def test_embed_when_a_pair_has_two_sizes_then_refuses(session):
    with pytest.raises(ModelFailed, match="one size"):
        session.embed([FramePair(PICTURE, np.zeros((32, 64, 3), np.uint8)), "x"])


@pytest.mark.parametrize(("width", "height"), [(1, 1), (100, 1), (1, 100), (3200, 32), (32, 3200), (200, 1)])
def test_embed_when_a_picture_has_an_extreme_shape_then_answers(session, width, height):
    prompt = embedding_prompt(Input(pictures=[np.full((height, width, 3), 90, np.uint8)]))
    assert np.isfinite(session.embed(prompt)).all()


def test_embed_when_several_threads_ask_then_each_gets_its_own(session):
    prompts = [embedding_prompt(Input(f"roof {number}", [PICTURE] * (number % 2))) for number in range(8)]
    alone = [session.embed(prompt) for prompt in prompts]
    together = [None] * len(prompts)

    def embed(number):
        together[number] = session.embed(prompts[number])

    threads = [threading.Thread(target=embed, args=[number], daemon=True) for number in range(len(prompts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert all((one == other).all() for one, other in zip(alone, together, strict=True))


def test_embed_when_the_model_reads_only_text_then_pictures_are_refused(opened, session):
    blind = opened(WEIGHTS, None)
    assert blind.model.projector is None
    assert blind.embed(embedding_prompt(Input("roof"))) @ session.embed(embedding_prompt(Input("roof"))) >= 0.9999
    with pytest.raises(ModelFailed, match="sees no pictures"):
        blind.embed(embedding_prompt(Input(pictures=[PICTURE])))


@pytest.mark.parametrize(
    ("weights", "projector", "message"),
    [
        (PROJECTOR, PROJECTOR, "cannot load"),
        (WEIGHTS, WEIGHTS, "not the mmproj of this model"),
        (WEIGHTS, gguf("absent"), "Cannot read"),
        (gguf("absent"), PROJECTOR, "Cannot read"),
    ],
)
def test_load_when_files_are_not_what_they_should_be_then_refuses(weights, projector, message):
    with pytest.raises(ModelFailed, match=message):
        load(weights, projector)


def test_load_when_projector_is_of_a_model_of_another_width_then_refuses(starter_weights):
    with pytest.raises(ModelFailed, match="not the mmproj of this model"):
        load(starter_weights.path, PROJECTOR)


@pytest.mark.parametrize("kept", [0.0001, 0.01, 0.5, 0.9999])
@pytest.mark.parametrize("damaged", ["weights", "projector"])
def test_load_when_a_file_is_truncated_then_refuses(tmp_path, damaged, kept):
    files = {"weights": WEIGHTS, "projector": PROJECTOR}
    content = files[damaged].read_bytes()
    files[damaged] = tmp_path / "half.gguf"
    files[damaged].write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(ModelFailed):
        load(**files)


@pytest.mark.parametrize("damaged", ["weights", "projector"])
def test_embed_when_weights_are_damaged_then_refuses_instead_of_answering_wrongly(opened, tmp_path, damaged):
    files = {"weights": WEIGHTS, "projector": PROJECTOR}
    content = bytearray(files[damaged].read_bytes())
    content[-1_000_000:] = b"\xff" * 1_000_000
    files[damaged] = tmp_path / "damaged.gguf"
    files[damaged].write_bytes(content)
    with pytest.raises(ModelFailed, match="not finite"):
        opened(files["weights"], files["projector"]).embed([PICTURE, "x"])


@pytest.mark.parametrize("context_tokens", [0, -1])
def test_load_when_the_context_has_no_room_then_refuses(context_tokens):
    with pytest.raises(ModelFailed):
        load(context_tokens=context_tokens)


def test_rank_when_the_model_has_no_classifier_then_refuses(session):
    with pytest.raises(ModelFailed, match="no classifier"):
        session.session.rank([["x"]])


def test_embed_when_loaded_for_ranking_then_refuses():
    session = load_ranker()
    with pytest.raises(ModelFailed, match="no embeddings"):
        session.embed(["x"])
    session.close()


def test_embed_when_there_is_a_classifier_but_not_loaded_for_it_then_answers():
    session = load_ranker(for_ranking=False)
    assert np.isfinite(session.embed(["x"])).all()
    session.close()


def test_load_for_ranking_when_metadata_do_not_ask_for_it_then_reads_no_classifier(tmp_path):
    path = tmp_path / "asks_for_last.gguf"
    shutil.copyfile(RANKER, path)
    set_metadata(path, {"qwen3vl.pooling_type": 3})
    session = load_ranker(path)
    assert not session.session.has_classifier
    session.close()


def test_load_for_ranking_when_the_head_is_missing_then_reads_no_classifier(tmp_path):
    path, rank = tmp_path / "headless.gguf", gguf_format.PoolingType.RANK
    writer = gguf_format.GGUFWriter(path, "qwen3vl")
    details = MetadataDetails(gguf_format.GGUFValueType.UINT32, int(rank))
    plain = gguf_format.GGUFReader(gguf("rerank-plain-f32"))
    copy_with_new_metadata(plain, writer, {"qwen3vl.pooling_type": details}, [])
    session = load_ranker(path)
    assert not session.session.has_classifier
    session.close()


def test_logits_when_another_prompt_follows_then_they_stay(session):
    first = session.session.logits([["x"]], [5, 3])
    kept = first.copy()
    session.session.logits([["something else"]], [5, 3])
    assert (first == kept).all()


@pytest.mark.parametrize("word", ["", "several words"])
def test_token_of_when_word_is_not_one_token_then_refuses(session, word):
    with pytest.raises(ModelFailed, match="no single token"):
        session.model.token_of(word)


@pytest.mark.parametrize(("width", "is_same"), [(32, True), (96, False)])
def test_embed_when_pictures_are_numbered_like_text_then_only_one_token_stays_what_it_was(
    opened, session, width, is_same
):
    prompt = ["See ", np.arange(32 * width * 3, dtype=np.uint8).reshape(32, width, 3), " now"]
    plain = opened(has_plain_positions=True)
    assert (plain.embed(prompt) @ session.embed(prompt) >= 0.9999) == is_same


def test_positions_when_a_picture_has_rows_then_are_those_of_the_official_code(session):
    with session.model.units(["See ", np.zeros((64, 96, 3), np.uint8), "now"]) as units:
        picture = next(unit for unit in units if not isinstance(unit, int))
        positions = session.model.projector.positions(picture, past=7)
    assert positions[:3].tolist() == [[7] * 6, [7, 7, 7, 8, 8, 8], [7, 8, 9, 7, 8, 9]]
    assert picture.positions == 3
