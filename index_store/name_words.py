"""How text is folded before it enters the word index, and a query before it is looked up."""

import re
import unicodedata

_PIECE = re.compile(r"[^\W_]+")
_QUERY_WORD = re.compile(r"\d+|[^\W\d_]+")
_ACCENTS = re.compile(r"[\u0300-\u036f]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")


def searchable(text: str) -> str:
    """`text` as the word index takes it: ligatures as letters, no soft hyphens, nothing that SQLite refuses."""
    plain = unicodedata.normalize("NFKC", text).replace("\u00ad", "").replace("\0", " ")
    return plain if plain.isascii() else _SURROGATES.sub("\ufffd", plain)


def folded(name: str) -> str:
    """`name` in lower case without accents, so that `Résumé.PDF` is found by "resume.pdf"."""
    decomposed = unicodedata.normalize("NFKD", searchable(name).casefold())
    return unicodedata.normalize("NFC", _ACCENTS.sub("", decomposed))


def name_words(name: str) -> str:
    """The words of a name, as they stand and at every joint.

    Example:
        `tripReport_2024.docx` gives "tripreport 2024 docx trip report".
    """
    pieces = _PIECE.findall(searchable(name))
    parts = [part for piece in pieces for part in _parts(piece)]
    return folded(" ".join(dict.fromkeys(pieces + parts)))


def query_words(text: str) -> list[str]:
    """The words of a query for names, each once: `Trip report2024` gives trip, report, 2024."""
    return list(dict.fromkeys(_QUERY_WORD.findall(folded(text))))


def _parts(piece: str) -> list[str]:
    joints = [index for index in range(1, len(piece)) if _is_joint(piece, index)]
    return [piece[start:end] for start, end in zip([0, *joints], [*joints, len(piece)], strict=True)]


def _is_joint(piece: str, index: int) -> bool:
    before, after = piece[index - 1], piece[index]
    if before.isdigit() != after.isdigit():
        return True
    if not after.isupper():
        return False
    return before.islower() or piece[index + 1 : index + 2].islower()  # tripReport, PDFReport
