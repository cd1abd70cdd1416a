"""Web pages and EPUB."""

from xml.sax.saxutils import escape

from writers.markup import XML, paragraphs, zipped

TAGS = {"heading": "h2", "bullet": "li", "body": "p"}
CONTAINER = (
    '<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
)


def html(markup: str, *, title: str) -> bytes:
    """A web page with what a reader must not take for its text: a style, a script, a menu."""
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{escape(title)}</title>\n'
        "<style>body { max-width: 40em; margin: auto; font-family: serif }</style>\n"
        "<script>window.visits = (window.visits || 0) + 1;</script>\n</head>\n<body>\n"
        f'<nav><a href="/">Start</a></nav>\n{_elements(markup)}\n</body>\n</html>\n'
    ).encode()


def epub(title: str, chapters: dict[str, str], *, author: str, created: str) -> bytes:
    """An EPUB 3 of {heading: text} chapters."""
    names = [f"chapter{number}" for number in range(1, len(chapters) + 1)]
    pages = {
        f"OEBPS/{name}.xhtml": _xhtml(heading, f"<h1>{escape(heading)}</h1>{_elements(body)}")
        for name, (heading, body) in zip(names, chapters.items(), strict=True)
    }
    links = "".join(
        f'<li><a href="{name}.xhtml">{escape(heading)}</a></li>' for name, heading in zip(names, chapters, strict=True)
    )
    return zipped(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": XML + CONTAINER,
            "OEBPS/book.opf": _package(title, names, author=author, created=created),
            "OEBPS/nav.xhtml": _xhtml(title, f'<nav epub:type="toc"><ol>{links}</ol></nav>'),
            **pages,
        }
    )


def _elements(markup: str) -> str:
    return "\n".join(f"<{TAGS[p.kind]}>{p.xml}</{TAGS[p.kind]}>" for p in paragraphs(markup))


def _xhtml(title: str, body: str) -> str:
    return (
        XML + '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops">'
        f"<head><title>{escape(title)}</title></head><body>{body}</body></html>"
    )


def _package(title: str, names: list[str], *, author: str, created: str) -> str:
    items = "".join(f'<item id="{n}" href="{n}.xhtml" media-type="application/xhtml+xml"/>' for n in names)
    spine = "".join(f'<itemref idref="{name}"/>' for name in names)
    return (
        XML + '<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id">'
        '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f'<dc:identifier id="id">urn:sample:{escape(title.lower())}</dc:identifier><dc:title>{escape(title)}</dc:title>'
        f"<dc:language>en</dc:language><dc:creator>{escape(author)}</dc:creator><dc:date>{created}</dc:date>"
        f'<meta property="dcterms:modified">{created}T00:00:00Z</meta></metadata>'
        '<manifest><item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>'
        f"{items}</manifest><spine>{spine}</spine></package>"
    )
