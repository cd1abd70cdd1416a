"""What is known of a model: files, dimensions, prompts, licence."""

from dataclasses import dataclass
from typing import Literal

from models.profiles import EmbedderProfile, RerankerProfile

Role = Literal["embedder", "reranker"]


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that the weights are made of, as its publisher offers it."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFile:
    """A GGUF as it lies in the models' folder, and where it comes from.

    Args:
        name: The same here and there.
        repository: On Hugging Face; "" when nobody is known to offer the file.
        revision: The commit that is known to hold it, or a branch.
        sha256: "" when only the hub knows it.
        size_bytes: Exact with a hash, about right without.
    """

    name: str
    repository: str = ""
    revision: str = "main"
    sha256: str = ""
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One model that the launcher can fetch and run.

    Args:
        name: What a person types.
        architecture: The GGUF's word for it.
        gguf: The weights.
        projector: What turns pictures into tokens; None for a model of text.
        original: The repository of the weights that the GGUF was made of.
        pooling: Which token's state is the embedding, or how several are put together.
        dim: Values of an embedding; 0 for a reranker.
        least_dim: The fewest values that an embedding may be cut to; 0 when it may not.
        chunk_tokens: Longest text that is embedded in one piece, special tokens included.
        working_bytes: Memory needed beside the files: context and buffers, about.
        reranker: The catalog's name of the one that goes with it, or "".
        source_files: What it is converted from on this machine; then nobody need offer the GGUF.
        pypi: (package, version) whose wheel holds the source files, or None.
        source_bytes: What fetching the source files costs.
        unconfirmed: What could not be confirmed of the files, or "".
    """

    name: str
    title: str
    role: Role = "embedder"
    architecture: str
    profile: EmbedderProfile | RerankerProfile
    gguf: ModelFile
    projector: ModelFile | None = None
    original: str
    pooling: str = "last"
    dim: int = 0
    least_dim: int = 0
    chunk_tokens: int = 512
    licence: str = "Apache-2.0"
    working_bytes: int
    reranker: str = ""
    source_files: tuple[SourceFile, ...] = ()
    pypi: tuple[str, str] | None = None
    source_bytes: int = 0
    unconfirmed: str = ""

    @property
    def files(self) -> tuple[ModelFile, ...]:
        return (self.gguf, self.projector) if self.projector else (self.gguf,)

    @property
    def sees_pictures(self) -> bool:
        return self.projector is not None

    @property
    def is_offered(self) -> bool:
        """Whether it can be fetched, for all that is known."""
        return bool(self.source_files) or all(file.repository for file in self.files)

    @property
    def download_bytes(self) -> int:
        return self.source_bytes or sum(file.size_bytes for file in self.files)

    @property
    def memory_bytes(self) -> int:
        return sum(file.size_bytes for file in self.files) + self.working_bytes

    @property
    def doubts(self) -> tuple[str, ...]:
        """What could not be confirmed of its files and of its prompts."""
        return tuple(doubt for doubt in (self.unconfirmed, self.profile.unconfirmed) if doubt)

    @property
    def is_confirmed(self) -> bool:
        return not self.doubts
