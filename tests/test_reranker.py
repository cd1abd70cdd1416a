import threading

import numpy as np
import pytest

from errors import ModelFailed
from models.prompts import Input
from models.reranker import load_reranker
from models.sight_model import SightOptions
from tests.parity import RERANKING, gguf, input_of, instruction_of

CLOSE = {False: 0.01, True: 1e-3}  # with the cache in F16, and in F32


@pytest.fixture(
    scope="module", params=[(form, exact) for form in ("plain", "rank") for exact in (False, True)], ids=str
)
def reranker(request):
    form, exact = request.param
    options = SightOptions(threads=2, exact_cache=exact)
    loaded = load_reranker(gguf(f"rerank-{form}-f32"), gguf("mmproj-rerank-f32"), options)
    loaded.tolerance = CLOSE[exact]
    yield loaded
    loaded.close()


@pytest.mark.parametrize("case", RERANKING, ids=["text", "picture", "text and picture", "instruction"])
def test_relevance_when_in_the_parity_set_then_is_the_official_one(reranker, case):
    documents = [input_of(document) for document in case["documents"]]
    scores = reranker.relevance(input_of(case["query"]), documents, **instruction_of(case))
    assert np.abs(scores - case["scores"]).max() <= reranker.tolerance
    assert (np.argsort(-scores) == np.argsort(-np.array(case["scores"]))).all()


def test_relevance_when_there_are_no_documents_then_is_empty(reranker):
    assert reranker.relevance(Input("roof"), []).shape == (0,)


def test_relevance_when_a_document_is_too_long_then_refuses_and_goes_on(reranker):
    with pytest.raises(ModelFailed, match="does not fit"):
        reranker.relevance(Input("roof"), [Input("word " * 5000)])
    assert reranker.relevance(Input("roof"), [Input("tiles")]).shape == (1,)


def test_load_reranker_when_the_projector_is_of_another_model_then_refuses(starter_weights):
    with pytest.raises(ModelFailed):
        load_reranker(starter_weights.path, gguf("mmproj-rerank-f32"), SightOptions(threads=1))


def test_relevance_when_time_is_up_then_the_rest_is_unscored(reranker):
    documents = [Input("tiles " * 200) for _ in range(2000)]
    for budget_s in (1, 4, 16):  # a busy machine scores none in the first
        scores = reranker.relevance(Input("roof"), documents, budget_s=budget_s)
        scored = np.isfinite(scores).sum()
        if scored:
            break
    assert 0 < scored < 2000
    assert np.isfinite(scores[:scored]).all()


def test_relevance_when_the_budget_is_ample_then_all_are_scored_the_same(reranker):
    documents = [Input(word) for word in ("tiles", "cake", "storm")]
    at_leisure = reranker.relevance(Input("roof"), documents)
    assert np.abs(reranker.relevance(Input("roof"), documents, budget_s=60) - at_leisure).max() <= reranker.tolerance


def test_relevance_when_stopped_then_returns_at_once_and_the_next_is_right(reranker):
    documents = [Input("tiles " * 700) for _ in range(400)]
    threading.Timer(0.3, reranker.stop).start()
    assert np.isnan(reranker.relevance(Input("roof"), documents)).any()
    assert np.isfinite(reranker.relevance(Input("roof"), documents[:2])).all()


def test_relevance_when_it_was_to_stop_before_it_began_then_nothing_is_scored(reranker):
    scores = reranker.relevance(Input("roof"), [Input("tiles"), Input("cake")], should_stop=lambda: True)
    assert np.isnan(scores).tolist() == [True, True]


def test_relevance_when_one_by_one_then_is_the_same_as_together(reranker):
    documents = [Input(" ".join(["roof", "tiles", "cake"][: 1 + number % 3] * number)) for number in range(1, 12)]
    together = reranker.relevance(Input("roof"), documents)
    alone = [reranker.relevance(Input("roof"), [document])[0] for document in documents]
    assert np.abs(together - alone).max() <= reranker.tolerance
