"""Which mmproj belongs to which GGUF, for files that the catalog does not know.

Width and layout of an embedder's projector are those of the reranker's and of the chat model's, so a wrong
one loads without a word and gives wrong embeddings. Hence nothing is guessed where two names fit as well.
"""

import re
from difflib import SequenceMatcher
from pathlib import Path

from errors import SettingsError
from models.gguf_header import read_header

SEEING_ARCHITECTURES = ("qwen3vl", "qwen2vl")  # Qwen2.5-VL says qwen2vl too
NONE = "none"
_QUANTISATION = re.compile(r"[-._](i1-)?(iq\d|q\d|tq\d|mxfp\d|f16|fp16|f32|fp32|bf16)\w*$", re.IGNORECASE)


def projector_beside(weights: Path, choice: str | None = None) -> Path | None:
    """The projector of a GGUF: the one chosen, else the one in its folder whose name fits best.

    Args:
        choice: A path, "none", or None to look for it. A model of text gets none.

    Raises:
        SettingsError: Several fit as well, or the one chosen is none.
        ModelFailed: The weights are no GGUF.
    """
    if choice == NONE:
        return None
    if choice is not None:
        return _chosen(choice)
    header = read_header(weights)
    if header.is_projector:
        raise SettingsError(f"{weights.name} is a projector, not a model.", hint="Name the model that lies beside it.")
    if header.architecture not in SEEING_ARCHITECTURES:
        return None
    candidates = [path for path in sorted(weights.parent.glob("*.[gG][gG][uU][fF]")) if "mmproj" in path.name.lower()]
    return _best(weights, candidates) if candidates else None


def _chosen(choice: str) -> Path:
    path = Path(choice).expanduser().absolute()
    if not path.is_file():
        raise SettingsError(f"No such projector: {path}", hint="--projector takes an mmproj file, or none.")
    if not read_header(path).is_projector:
        raise SettingsError(f"{path.name} is no projector.", hint="Its file is mostly called mmproj-….gguf.")
    return path


def _best(weights: Path, candidates: list[Path]) -> Path:
    """The only one, or the one that shares the longest part of its name with the model's."""
    if len(candidates) == 1:
        return candidates[0]
    lengths = [_shared_length(_plain(weights), _plain(path)) for path in candidates]
    best = [path for path, length in zip(candidates, lengths, strict=True) if length == max(lengths)]
    if len(best) > 1:
        names = ", ".join(path.name for path in best)
        raise SettingsError(
            f"Several projectors may belong to {weights.name}: {names}", hint="Choose one: --projector FILE"
        )
    return best[0]


def _plain(path: Path) -> str:
    """The name without what says how many bits a weight has."""
    return _QUANTISATION.sub("", path.stem).lower()


def _shared_length(one: str, other: str) -> int:
    return SequenceMatcher(None, one, other, autojunk=False).find_longest_match().size
