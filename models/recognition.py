"""How a model wants to be asked: from the catalog, or from what a GGUF says of itself."""

from errors import ModelFailed, SettingsError
from models import profiles
from models.catalog import find_model
from models.gguf_header import Header, read_header
from models.profiles import EmbedderProfile, RerankerProfile
from models.weights import Weights, is_file_name

# Architecture, what the model's or the file's name has in it, profile; the first that fits.
_KNOWN: tuple[tuple[str, str, EmbedderProfile | RerankerProfile], ...] = (
    ("qwen3vl", "rerank", profiles.QWEN3_VL_RERANKER),
    ("qwen3vl", "", profiles.QWEN3_VL),
    ("qwen3", "rerank", profiles.QWEN3_TEXT_RERANKER),
    ("qwen3", "", profiles.QWEN3_TEXT),
    ("qwen2vl", "gme", profiles.GME),
    ("qwen2vl", "rzen", profiles.RZEN),
    ("qwen2vl", "ops-mm", profiles.OPS_MM),
    ("qwen2vl", "gve", profiles.GVE),
)


def profile_for(weights: Weights) -> EmbedderProfile:
    """How the embedder with these weights wants to be asked.

    Raises:
        SettingsError: They are a reranker's.
        ModelFailed: They see pictures in a way that is not known here.
    """
    profile = _profile(weights)
    if isinstance(profile, RerankerProfile):
        raise SettingsError(
            f"{weights.name} is a reranker: it cannot embed.", hint="launcher models lists embedders and rerankers."
        )
    return profile


def reranker_profile_for(weights: Weights) -> RerankerProfile:
    """How the reranker with these weights wants to be asked.

    Raises:
        SettingsError: They are an embedder's.
        ModelFailed: As above.
    """
    profile = _profile(weights)
    if isinstance(profile, EmbedderProfile):
        raise SettingsError(
            f"{weights.name} is an embedder: it cannot rerank.", hint="launcher models lists embedders and rerankers."
        )
    return profile


def _profile(weights: Weights) -> EmbedderProfile | RerankerProfile:
    if not is_file_name(weights.name):
        return find_model(weights.name).profile
    header = read_header(weights.path)
    words = f"{header.name} {weights.path.stem}{' rerank' if header.pooling == 'rank' else ''}".lower()
    words = words.replace("_", "-")
    for architecture, word, profile in _KNOWN:
        if header.architecture == architecture and word in words:
            return profile
    if weights.projector or "vl" in header.architecture:
        raise ModelFailed(f"{weights.path.name} is a {header.architecture} that is not known here.", hint=_hint(header))
    return profiles.STARTER


def _hint(header: Header) -> str:
    if header.architecture == "qwen2vl":
        return "Its file name must say which it is: gme, rzen, ops-mm or gve."
    return "launcher models lists those that are; --projector none takes it as a model of text."
