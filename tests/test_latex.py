"""LaTeX sources: words without commands, formulas as they are."""

import pytest
from patience import files_of, outcomes_in_time
from small_formats import TEX

from extraction import latex


def read(path, source):
    path.write_text(source, encoding="utf-8")
    return latex.read(path)


@pytest.fixture
def text_of(tmp_path):
    return lambda source: read(tmp_path / "a.tex", source).texts[0].strip()


@pytest.mark.parametrize(
    ("source", "text"),
    {
        r"\"u \'{e} \c{c} \v s \r{a}ngstr\"om \~n Stra\ss e \o re": "ü é ç š ångström ñ Straße øre",
        r"{\bf bold} \emph{and \textit{slanted}}": "bold and slanted",
        r"100\% \& \$5 \{x\} a\,b": "100% & $5 {x} a b",
        "a % hidden\nb": "a b",
        r"see~\cite[p.~3]{fox} \ref{x}here": "see here",
        "it costs $x_1^2$ or $$y$$": "it costs $x_1^2$ or $$y$$",
        r"\begin{align*}a &= b\\\end{align*}": r"a &= b\\",
        r"\begin{tabular}{l|r} a & b \\[2pt] c & d \\ \end{tabular}": "a b\nc d",
        r"``quoted'' a---b 1--2": "“quoted” a—b 1–2",
        r"the word\footnote{A note.} goes on": "the word A note. goes on",
        "costs 5$ only": "costs 5$ only",
        r"never \section{closed": "never closed",
        r"\newcommand{\fox}[1]{hidden #1}seen": "seen",
    }.items(),
)
def test_source_when_read_then_is_what_is_printed(text_of, source, text):
    assert text_of(source) == text


def test_headings_when_read_then_have_their_places_and_levels(tmp_path):
    reading = read(tmp_path / "a.tex", TEX.replace(r"\begin{itemize}", r"\subsection*{More \emph{foxes}}"))
    found = [
        (each.level, each.text, reading.texts[0][each.start_char :][: len(each.text)]) for each in reading.headings[0]
    ]
    assert found == [(2, "On Füchse", "On Füchse"), (3, "More foxes", "More foxes")]


def test_fragment_when_it_has_no_beginning_then_all_of_it_is_read(tmp_path):
    reading = read(tmp_path / "a.tex", "\\chapter{One}\nText")
    assert (reading.texts, reading.title) == (("One\n\nText",), "")


TRAPS = (
    "\\begin{verbatim}",
    "\\[",
    "$",
    "{",
    "\\section{",
    "\\cite[a]{",
    "%",
    "\\'{",
    "\n \n",
    "\\cite[",
    "\\",
    "- \n",
)


def test_source_when_it_is_a_trap_then_reading_ends(tmp_path):
    traps = [*TRAPS, "\\section{\\section{\\section{a}}}", "\\begin{equation}", "\\href{a}", "\\\\["]
    sources = {f"{number}.tex": trap * (latex.MAX_SOURCE_BYTES // len(trap)) for number, trap in enumerate(traps)}
    assert all(contents.pages for contents in outcomes_in_time(files_of(tmp_path, sources)))
