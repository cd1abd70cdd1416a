"""HTML (and the text in SVG): what a browser would show, one line per block."""

import re
from collections.abc import Iterator
from pathlib import Path

from selectolax.lexbor import LexborHTMLParser

from corpus import Heading
from extraction.headings import joined
from extraction.plain_text import decode, read_head
from extraction.reading import MAX_MARKUP_BYTES, Reading

_UNSEEN = ["script", "style", "noscript", "template"]
_LINES = "address,br,caption,dd,div,dl,dt,figcaption,figure,footer,form,header,hr,li,main,nav,option,text,tr"
_PARAGRAPHS = "article,aside,blockquote,h1,h2,h3,h4,h5,h6,ol,p,pre,section,table,ul"
# Stand for line ends while the white space of the source, which means nothing, is still there.
_LINE_END, _PARAGRAPH_END = "\x1e", "\x1d"
_HEADING = "\x1c"  # and its level, before its text
_MARKED = re.compile(f"{_HEADING}([1-6])")
# XML allows these to be empty; an HTML parser takes all that follows for their content.
_CLOSED_AT_ONCE = re.compile(r"<(title|script|style|textarea|iframe|noscript|template)\b([^<>]*)/>", re.IGNORECASE)
_DECLARED = re.compile(rb"<(?:meta[^>]+charset|\?xml[^>]+encoding)\s*=\s*[\"']?([\w-]+)", re.I)


def read(path: Path) -> Reading:
    """An HTML file as one page."""
    data, truncated = read_head(path, MAX_MARKUP_BYTES)
    title, text, headings = shown(markup_of(data))
    return Reading((text,), title=title, truncated=truncated, headings=(headings,))


def markup_of(data: bytes) -> str:
    """The characters of HTML or XML, which may declare their own encoding."""
    declared = _DECLARED.search(data[:2048])
    return decode(data, declared=declared[1].decode() if declared else "")


def title_and_text(markup: str) -> tuple[str, str]:
    """The <title> and the readable text of HTML, however broken."""
    title, text, _ = shown(markup)
    return title, text


def shown(markup: str) -> tuple[str, str, tuple[Heading, ...]]:
    """The same, and the headings in that text."""
    tree = LexborHTMLParser(_CLOSED_AT_ONCE.sub(r"<\1\2></\1>", markup))
    tree.strip_tags(_UNSEEN)
    heading = tree.css_first("title")
    title = heading.text() if heading else ""
    root = tree.body or tree.root
    if root is None:
        return title, "", ()
    for pre in root.css("pre"):
        # Listed first: replacing a node while walking over its neighbours crashes the interpreter.
        for node in [node for node in pre.traverse(include_text=True) if node.is_text_node]:
            node.replace_with(node.text().replace("\n", _LINE_END))
    for selector, mark in ((_LINES, _LINE_END), (_PARAGRAPHS, _PARAGRAPH_END)):
        for block in root.css(selector):
            block.insert_before(mark)
            block.insert_after(mark)
    for cell in root.css("td,th"):
        cell.insert_after(" ")
    for block in root.css("h1,h2,h3,h4,h5,h6"):
        block.insert_before(f"{_HEADING}{(block.tag or '')[1:]}")
    return title, *joined(_paragraphs(root.text(separator="")))


def _paragraphs(text: str) -> Iterator[tuple[str, int | None]]:
    """A blank line between paragraphs, none inside, single blanks between words; with the level of a heading."""
    between = ""
    for paragraph in text.split(_PARAGRAPH_END):
        marked = _MARKED.match(paragraph)
        source_lines = paragraph[marked.end() if marked else 0 :].split(_LINE_END)
        lines = (" ".join(line.split()) for line in source_lines)
        if kept := "\n".join(line for line in lines if line):
            yield between + kept, int(marked[1]) if marked else None
            between = "\n\n"
