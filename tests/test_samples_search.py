"""The golden queries on the samples with the starter model: what the product is for."""

import json
from pathlib import Path

import pytest

from extraction.workers import ExtractionPool, hash_picture
from index_store import Root, create_or_open_index, read_index
from indexer import Indexing
from search_engine import Query, SearchEngine
from update_plan import plan_update

SAMPLES = Path(__file__).resolve().parent.parent / "samples"
FILES = SAMPLES / "files"
GOLDEN = json.loads((SAMPLES / "golden.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def engine(tmp_path_factory, starter_embedder):
    index_dir, roots = tmp_path_factory.mktemp("index"), [Root(path=str(FILES))]
    with (
        create_or_open_index(index_dir, fingerprint=starter_embedder.fingerprint) as writer,
        ExtractionPool(workers=2) as pool,
    ):
        report = Indexing(writer, starter_embedder).run(plan_update(roots, None, all_roots=roots), pool, roots=roots)
    assert report.failed == []
    return SearchEngine(read_index(index_dir), starter_embedder, hash_picture=hash_picture, read_picture=None)


@pytest.mark.parametrize("case", GOLDEN, ids=lambda case: case["query"][:40])
def test_search_when_a_golden_query_then_its_document_and_page_come_first(engine, case):
    is_picture = case["kind"] == "picture"
    query = Query(pictures=((FILES / case["query"]).read_bytes(),)) if is_picture else Query(text=case["query"])
    hit = engine.search(query)[0]
    assert hit.path == FILES / case["path"]
    assert case["page_number"] in (None, hit.page_number)
