"""Where on a picture is what was asked for."""

import numpy as np
import pytest

from regions import PIECE_TOKENS, closest_region, pieces_of
from tests.fakes import FakeEmbedder

RED = (255, 0, 0)  # the colour of roofs, as `FakeEmbedder` sees it


@pytest.fixture
def embedder():
    return FakeEmbedder(sees_pictures=True)


def picture(*, red=None, size=(600, 400)):
    """Green, with a red part."""
    pixels = np.zeros((*size, 3), np.uint8)
    pixels[..., 1] = 255
    if red:
        pixels[red] = RED
    return pixels


def test_region_when_one_part_shows_it_then_is_there(embedder):
    pixels = picture(red=(slice(420, 580), slice(220, 380)))
    region = closest_region(pixels, embedder.embed_query("roof"), embedder)
    assert (region.left, region.top, region.right, region.bottom) == (0.5, 0.5, 1.0, 1.0)


def test_region_when_all_parts_show_the_same_then_none_stands_out(embedder):
    assert closest_region(picture(), embedder.embed_query("roof"), embedder) is None


def test_region_when_the_picture_is_small_then_nothing_is_embedded(embedder):
    assert closest_region(picture(size=(100, 300)), embedder.embed_query("roof"), embedder) is None
    assert embedder.seen == 0


def test_region_when_somebody_looks_elsewhere_then_stops(embedder):
    answers = iter([False, False, True])
    pixels = picture(red=(slice(0, 100), slice(0, 100)))
    region = closest_region(pixels, embedder.embed_query("roof"), embedder, should_stop=lambda: next(answers))
    assert (region, embedder.seen) == (None, 2)


@pytest.mark.parametrize(("size", "columns", "rows"), [((600, 400), 3, 2), ((400, 600), 2, 3)])
def test_pieces_when_a_side_is_longer_then_there_are_more_along_it_and_all_is_covered(size, columns, rows):
    pieces = pieces_of(*size)
    assert len({piece.left for piece in pieces}) == columns
    assert len({piece.top for piece in pieces}) == rows
    assert {0.0} <= {piece.left for piece in pieces} & {piece.top for piece in pieces}
    assert max(piece.right for piece in pieces) == max(piece.bottom for piece in pieces) == 1.0


def test_piece_when_it_is_embedded_then_is_small(embedder):
    sizes = []
    embedder.embed_documents = lambda inputs: [
        sizes.append(inputs[0].pictures[0].shape) or embedder.embed_query(inputs[0])
    ]
    closest_region(picture(size=(3000, 2000)), embedder.embed_query("roof"), embedder)
    assert max(height * width for height, width, _ in sizes) <= PIECE_TOKENS * 32 * 32
