"""How text is folded before it enters the word index, and a query before it is looked up."""

import re
import unicodedata

# Scripts that set words apart rarely or never: kana, Chinese, Thai, Lao, Burmese, Khmer. Korean does, but its words
# carry endings. A word of them is found by any two characters of it, as each pair is in the index as a word.
_BLANKLESS = (
    "\u3005-\u3007\u3041-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ece\u1000-\u109f\u1780-\u17d3"
)
_PAIRED = rf"{_BLANKLESS}\u1100-\u11ff\uac00-\ud7a3"
_GAP = re.compile(rf"(?<=[{_BLANKLESS}])[\s\u200b]+(?=[{_BLANKLESS}])")  # mostly the end of a line
_RUN = re.compile(rf"[{_PAIRED}]+")
_LAST_OF_RUN = re.compile(rf"(?<=[{_PAIRED}]) [{_PAIRED}]\s*$")
_LONE_LAST = re.compile(rf"(?:^|\s)[{_PAIRED}]\s*$")

_PIECE = re.compile(rf"[^\W_]+(?:[{_BLANKLESS}]|[^\W_])*")
_QUERY_WORD = re.compile(rf"\d+|(?:[{_BLANKLESS}]|[^\W\d_])+")
_LOOSE_WORD = re.compile(rf"[{_PAIRED}]+|(?:(?![{_PAIRED}])\w)+")
_ACCENTS = re.compile(r"[\u0300-\u036f]")
_TYPO_LETTERS = 4  # a shorter word with another letter is another word
_TYPOS_LETTERS = 8  # two letters wrong
_SURROGATES = re.compile(r"[\ud800-\udfff]")


def searchable(text: str) -> str:
    """`text` as the word index takes it: words that FTS5's tokenizer will find.

    Example:
        `iPhone手机壳` gives "iPhone 手机 机壳 壳 ": the last character is there to be found alone, as all others
        are by what begins with them.
    """
    plain = _plain(text)
    if plain.isascii():
        return plain
    return _RUN.sub(_paired, _GAP.sub("", plain))


def fts_string(text: str, *, is_beginning: bool = False) -> str:
    """`text` as an FTS5 string that matches its words one after the other; nothing in it is syntax.

    Args:
        text: With at least one letter or digit.
        is_beginning: Whether the last word may go on.
    """
    asked = _LAST_OF_RUN.sub("", searchable(text))  # the pair before it says all; as a beginning it would cost more
    string = '"{}"'.format(asked.replace('"', '""'))
    return f"{string} *" if is_beginning or _LONE_LAST.search(asked) else string


def folded(name: str) -> str:
    """`name` in lower case without accents, so that `Résumé.PDF` is found by "resume.pdf"."""
    decomposed = unicodedata.normalize("NFKD", _plain(name).casefold())
    return unicodedata.normalize("NFC", _ACCENTS.sub("", decomposed))


def name_words(name: str) -> str:
    """The words of a name, as they stand and at every joint.

    Example:
        `tripReport_2024.docx` gives "tripreport 2024 docx trip report".
    """
    pieces = _PIECE.findall(_plain(name))
    parts = [part for piece in pieces for part in _parts(piece)]
    return folded(" ".join(dict.fromkeys(pieces + parts)))


def initials(name: str) -> str:
    """The first letters of the words of a name, without its extension; "" for fewer than two.

    Example:
        `Quarterly Business-Review 2024.pptx` gives "qbr".
    """
    pieces = _PIECE.findall(_plain(name.rpartition(".")[0] or name))
    letters = [part[0] for piece in pieces for part in _parts(piece) if part[0].isalpha()]
    return folded("".join(letters)) if len(letters) > 1 else ""


def loose_words(text: str) -> list[str]:
    """The words of a text as far apart as they can be: of `iPhone手机壳` iPhone, 手机 and 机壳.

    Who asks a question in Chinese leaves no blanks in it, and no document has it to the letter.
    """
    words: list[str] = []
    for word in _LOOSE_WORD.findall(_plain(text)):
        is_run = len(word) > 2 and is_paired(word)
        words += map(str.__add__, word, word[1:]) if is_run else [word]
    return list(dict.fromkeys(words))


def word_spans(text: str) -> list[tuple[int, int]]:
    """(start, end) of the words of `text`; what is written without blanks is one, apart from what stands beside it."""
    return [match.span() for match in _LOOSE_WORD.finditer(text)]


def is_paired(text: str) -> bool:
    """Whether `text` has a character of a script of which every pair is in the index."""
    return bool(_RUN.search(text))


def query_words(text: str) -> list[str]:
    """The words of a query for names, each once: `Trip report2024` gives trip, report, 2024."""
    return list(dict.fromkeys(_QUERY_WORD.findall(folded(text))))


def typos_allowed(word: str) -> int:
    """How many letters of a word may be wrong; none of a number, which would be another."""
    if len(word) < _TYPO_LETTERS or not word.isalpha():
        return 0
    return 1 if len(word) < _TYPOS_LETTERS else 2


def _plain(text: str) -> str:
    """`text` with ligatures as letters, without soft hyphens and without what SQLite refuses."""
    plain = unicodedata.normalize("NFKC", text).replace("\u00ad", "").replace("\0", " ")
    return plain if plain.isascii() else _SURROGATES.sub("\ufffd", plain)


def _paired(run: re.Match[str]) -> str:
    characters = run.group()
    pairs = map(str.__add__, characters, characters[1:])
    return " ".join(("", *pairs, characters[-1], ""))


def _parts(piece: str) -> list[str]:
    if piece.isdigit() or (piece.isalpha() and (piece.islower() or piece.isupper())):
        return [piece]
    joints = [index for index in range(1, len(piece)) if _is_joint(piece, index)]
    return [piece[start:end] for start, end in zip([0, *joints], [*joints, len(piece)], strict=True)]


def _is_joint(piece: str, index: int) -> bool:
    before, after = piece[index - 1], piece[index]
    if before.isdigit() != after.isdigit():
        return True
    if not after.isupper():
        return False
    return before.islower() or piece[index + 1 : index + 2].islower()  # tripReport, PDFReport
