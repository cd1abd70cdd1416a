"""How each family of models wants to be asked: templates, instructions, sizes of pictures.

What stands around an input decides its embedding as much as the weights do: a missing full stop costs
0.015 of cosine, a missing suffix 0.08, a missing template 0.8.

Sources: the model cards and the code published with them; docs/adr/0005 says which were run.
"""

import unicodedata
from dataclasses import dataclass, replace

_CHAT_OPENING = "<|im_start|>system\n{instruction}<|im_end|>\n<|im_start|>user\n"
_CHAT_CLOSING = "<|im_end|>\n<|im_start|>assistant\n"
_JUDGE = (
    "<|im_start|>system\nJudge whether the Document meets the requirements based on the Query and the Instruct "
    'provided. Note that the answer can only be "yes" or "no".<|im_end|>\n<|im_start|>user\n'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrapping:
    """What stands around an input.

    Args:
        opening: Before it; `{instruction}` in it is where the instruction goes.
        instruction: The default one.
        has_full_stop: An instruction that ends in no punctuation is given a full stop.
        closing: After it.
        empty: What stands for an input without anything in it.
    """

    opening: str = ""
    instruction: str = ""
    has_full_stop: bool = False
    closing: str = ""
    empty: str = ""

    def opened(self, instruction: str = "") -> str:
        """The opening with `instruction`, or with the default one when that is empty."""
        said = instruction.strip() or self.instruction
        if self.has_full_stop and said and not unicodedata.category(said[-1]).startswith("P"):
            said += "."
        return self.opening.replace("{instruction}", said)


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbedderProfile:
    """One family of embedders.

    Args:
        name: Goes into the fingerprint: raise its number when anything here changes.
        factor: Pixels along each side of one visual token; 0 for a model that sees nothing.
        min_tokens, max_tokens: How many visual tokens a picture may have: the official numbers, unless
            somebody chose to see less.
        has_plain_positions: The tokens of a picture are numbered as text is, not by row and column.
        sees_time: Two frames can be shown as one, with their second.
        unconfirmed: What could not be confirmed of all this, else "".
    """

    name: str
    query: Wrapping = Wrapping()
    document: Wrapping = Wrapping()
    factor: int = 0
    min_tokens: int = 4
    max_tokens: int = 1800
    has_plain_positions: bool = False
    sees_time: bool = False
    unconfirmed: str = ""

    @property
    def is_confirmed(self) -> bool:
        return not self.unconfirmed


@dataclass(frozen=True, slots=True, kw_only=True)
class RerankerProfile:
    """One family of rerankers: opening, query, `between`, document, closing; the answer is "yes" or "no".

    Args: as of `EmbedderProfile`.
    """

    name: str
    pair: Wrapping
    between: str
    factor: int = 0
    min_tokens: int = 4
    max_tokens: int = 1800
    unconfirmed: str = ""

    @property
    def is_confirmed(self) -> bool:
        return not self.unconfirmed


STARTER = EmbedderProfile(name="plain-1")

_QWEN3_VL_DOCUMENT = Wrapping(
    opening=_CHAT_OPENING,
    instruction="Represent the user's input.",
    has_full_stop=True,
    closing=_CHAT_CLOSING,
    empty="NULL",
)
QWEN3_VL = EmbedderProfile(
    name="qwen3-vl-1",
    query=replace(_QWEN3_VL_DOCUMENT, instruction="Retrieve images or text relevant to the user's query."),
    document=_QWEN3_VL_DOCUMENT,
    factor=32,
    sees_time=True,
)

# The GGUF appends <|endoftext|>, whose state is the embedding.
QWEN3_TEXT = EmbedderProfile(
    name="qwen3-1",
    query=Wrapping(
        opening="Instruct: {instruction}\nQuery:",
        instruction="Given a web search query, retrieve relevant passages that answer the query",
    ),
)

# The embedders made of Qwen2-VL and Qwen2.5-VL share a template that ends in the token whose state is the embedding.
_ENDING = Wrapping(
    opening=_CHAT_OPENING, instruction="You are a helpful assistant.", closing=_CHAT_CLOSING + "<|endoftext|>"
)
GME = EmbedderProfile(
    name="gme-1",
    query=_ENDING,
    document=_ENDING,
    factor=28,
    min_tokens=256,
    max_tokens=1280,
    has_plain_positions=True,
    unconfirmed="read in its authors' code, not compared with its outputs",
)
RZEN = replace(
    GME,
    name="rzenembed-1",
    query=replace(
        _ENDING,
        opening=_ENDING.opened() + "{instruction}",
        instruction="Find a document image that matches the given query:",
    ),
    unconfirmed="read in its authors' code, not compared with its outputs; its instruction would follow a picture",
)
OPS_MM = replace(GME, name="ops-mm-1", has_plain_positions=False)
GVE = replace(
    OPS_MM,
    name="gve-1",
    min_tokens=4,
    unconfirmed="template and pooling known from a benchmark's code only, not compared with its outputs",
)

QWEN3_VL_RERANKER = RerankerProfile(
    name="qwen3-vl-reranker-1",
    pair=Wrapping(
        opening=_JUDGE + "<Instruct>: {instruction}<Query>:",
        instruction="Given a search query, retrieve relevant candidates that answer the query.",
        closing=_CHAT_CLOSING,
        empty="NULL",
    ),
    between="\n<Document>:",
    factor=32,
)
QWEN3_TEXT_RERANKER = RerankerProfile(
    name="qwen3-reranker-1",
    pair=Wrapping(
        opening=_JUDGE + "<Instruct>: {instruction}\n<Query>: ",
        instruction="Given a web search query, retrieve relevant passages that answer the query",
        closing=_CHAT_CLOSING + "<think>\n\n</think>\n\n",
    ),
    between="\n<Document>: ",
)
