"""What stands for the model while that is not there yet: an index can be searched by words and names beside it."""

from collections.abc import Sequence

from embeddings import Embeddings, Fingerprint, Vector
from errors import ModelFailed
from models.pictures import PixelLimits
from models.prompts import Input


class AwaitedModel:
    """An `Embedder` for queries that are `search_engine.WITHOUT_MODEL`; it embeds nothing.

    Args:
        fingerprint: Of the model that is awaited.
    """

    sees_pictures = True  # until it is known: nothing is done in place of looking
    picture_limits: PixelLimits | None = None
    chunk_tokens = 0
    notice = ""

    def __init__(self, fingerprint: Fingerprint) -> None:
        self.fingerprint = fingerprint
        self.dim = fingerprint.dim

    def count_tokens(self, text: str) -> int:
        raise _not_there(text)

    def embed_documents(self, inputs: Sequence[str | Input]) -> Embeddings:
        raise _not_there(inputs)

    def embed_query(self, query: str | Input) -> Vector:
        raise _not_there(query)

    def prepare_queries(self) -> None:
        pass

    def close(self) -> None:
        pass


def _not_there(_: object) -> ModelFailed:
    return ModelFailed("The model is not there yet.", hint="Ask again in a moment.")
