"""What is said in a film or in its subtitles is found at its second."""

import pytest
from small_documents import document_at
from small_videos import GREEN, scene, write_video

import console
from extraction import read_contents
from index_store import Root, create_or_open_index, read_index
from indexer import Indexing
from search_engine import Query, SearchEngine
from tests.fakes import FakeEmbedder
from update_plan import plan_update

SAID = ((0, "The fox naps"), (61.5, "It dreams of grapes"), (3725, "It wakes"))
SRT = "1\n00:00:00,000 --> 00:00:02,000\nThe fox naps\n\n2\n00:01:01,500 --> 00:01:03,000\nIt dreams of grapes\n"


class Reader:
    def read(self, documents):
        return ((document, read_contents(document_at(document.path))) for document in documents)


@pytest.fixture
def hit_in(tmp_path):
    def search(path, text):
        roots = [Root(path=str(path.parent))]
        embedder = FakeEmbedder()
        with create_or_open_index(tmp_path / "index", fingerprint=embedder.fingerprint) as writer:
            plan = plan_update(roots, None, all_roots=roots)
            Indexing(writer, embedder).run(plan, Reader(), roots=roots)
        engine = SearchEngine(read_index(tmp_path / "index"), embedder, hash_picture=None, read_picture=None)
        [hit] = engine.search(Query(text=text))
        return hit

    (tmp_path / "documents").mkdir()
    return search


def test_hit_when_in_the_subtitles_of_a_film_then_says_when(tmp_path, hit_in, capsys):
    path = tmp_path / "documents" / "film.mkv"
    write_video(path, [scene(GREEN)] * 10, spoken=[("eng", "subrip", SAID)])
    hit = hit_in(path, "dreams grapes")
    assert (hit.second, hit.passage) == (61.5, "It dreams of grapes")
    assert console.hit_as_json(hit)["second"] == 61.5
    console.print_hits([hit])
    assert " 1. film.mkv  at 1:01  video" in capsys.readouterr().out


def test_hit_when_in_a_file_of_subtitles_then_says_when(tmp_path, hit_in):
    path = tmp_path / "documents" / "film.srt"
    path.write_text(SRT)
    assert hit_in(path, "dreams grapes").second == 61.5
