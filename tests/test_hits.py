"""What is shown of a document that was found."""

import msgspec
import pytest

from hits import hit_of
from index_store import read_index
from ranking import Ranked
from tests.index_contents import addition, write_index


def hit(tmp_path, **fields):
    """The hit for a chunk of that kind."""
    made = addition("/documents/a.txt", "The roof leaks.")
    chunks = tuple(msgspec.structs.replace(chunk, **fields) for chunk in made.chunks)
    write_index(tmp_path / "index", [made._replace(chunks=chunks)])
    snapshot = read_index(tmp_path / "index")
    [(document, _)] = snapshot.documents()
    [chunk] = snapshot.chunks_of(document)
    return hit_of(snapshot, Ranked(document, 0.5, chunk, None, 0.0, frozenset({"words"}), ()), "roof", None)


def test_hit_when_headings_stand_above_the_passage_then_has_them(tmp_path):
    found = hit(tmp_path, context="3 Claims > 3.2 Water damage")
    assert (found.heading, found.context) == ("3 Claims > 3.2 Water damage", "The roof leaks.")


@pytest.mark.parametrize("fields", [{"context": ""}, {"context": "A card", "page_number": 0}])
def test_hit_when_nothing_stands_above_or_it_has_no_text_then_has_no_heading(tmp_path, fields):
    assert hit(tmp_path, **fields).heading == ""
