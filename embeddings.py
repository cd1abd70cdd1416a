"""The values that models make and the index keeps: embeddings, and what decides their meaning."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]  # (dim,), unit length
Embeddings = NDArray[np.float32]  # (n, dim), unit rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """Everything that decides what an embedding means; a different one is never mixed in."""

    model: str = field(compare=False)  # what a person calls it: a name of the catalog, or the path of a file
    weights_sha256: str
    projector_sha256: str = ""
    quantisation: str = ""
    pooling: str = ""
    template: str = ""
    dim: int
    preprocessing: str = ""
