"""A second look at the candidates of a query: it is asked again together with the best of what was found.

Nothing is embedded for it. What the best documents have in common is what the person may have meant, and words that
were found by spelling alone get to say what they mean. Source: J. Rocchio, Relevance Feedback in Information
Retrieval, 1971; docs/EVALUATION.md has what it is worth, and what was tried in its place.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from embeddings import Embeddings, Vector

BEST_DOCUMENTS = 3  # with more, those in the middle of a subject win over those that answer the query
_WEIGHT = 1.25  # of one that is certain, beside the query


def asked_again(query: Vector, found: Embeddings, chances: Sequence[float]) -> Vector:
    """The query moved towards what was found, the further the surer that is: not at all where nothing is likely.

    Args:
        query: (dim,), unit length.
        found: (n, dim), the best chunk of each of the best documents; n is 1 or more.
        chances: (n,), how likely each is what was asked for.

    Returns:
        (dim,), unit length.
    """
    moved = query + _WEIGHT * np.asarray(chances, dtype=np.float32) @ found
    return np.asarray(moved / np.linalg.norm(moved), dtype=np.float32)


def as_spread_as(values: Sequence[float], others: Sequence[float]) -> NDArray[np.float64]:
    """`values` moved and stretched to the lowest and the highest of `others`; (n,) of both, n is 1 or more.

    What was found is nearer to itself than to any query. Without this everything would seem to stand out more, also
    where nothing in the index is about the query.
    """
    array, low, high = np.asarray(values, dtype=float), min(others), max(others)
    width = array.max() - array.min()
    if width == 0:
        return np.asarray(others, dtype=float)
    return np.asarray(low + (array - array.min()) / width * (high - low))
