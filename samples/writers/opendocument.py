"""ODT, ODS and ODP."""

from xml.sax.saxutils import escape

from writers.markup import XML, Paragraph, paragraphs, zipped

NAMESPACES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in {
        "office": "office",
        "text": "text",
        "table": "table",
        "draw": "drawing",
        "presentation": "presentation",
        "svg": "svg-compatible",
        "style": "style",
        "fo": "xsl-fo-compatible",
        "meta": "meta",
    }.items()
)
XML_PARTS = ("content.xml", "styles.xml", "meta.xml")
CLEAR = (
    '<office:automatic-styles><style:style style:name="clear" style:family="presentation"><style:graphic-properties'
    ' draw:fill="none" draw:stroke="none"/></style:style></office:automatic-styles>'
)
PAGE_STYLES = (
    '<office:automatic-styles><style:page-layout style:name="screen"><style:page-layout-properties'
    ' fo:page-width="28cm" fo:page-height="15.75cm"/></style:page-layout></office:automatic-styles>'
    '<office:master-styles><style:master-page style:name="plain" style:page-layout-name="screen"/>'
    "</office:master-styles>"
)


def odt(markup: str, *, title: str, created: str) -> bytes:
    body = "".join(_paragraph(p) for p in paragraphs(markup))
    return _package("text", f"<office:text>{body}</office:text>", title=title, created=created)


def ods(sheets: dict[str, list[list[object]]], *, title: str, created: str) -> bytes:
    tables = "".join(
        f'<table:table table:name="{escape(name)}">'
        + "".join(f"<table:table-row>{''.join(map(_cell, row))}</table:table-row>" for row in rows)
        + "</table:table>"
        for name, rows in sheets.items()
    )
    body = f"<office:spreadsheet>{tables}</office:spreadsheet>"
    return _package("spreadsheet", body, title=title, created=created)


def odp(slides: list[tuple[str, str, str]], *, title: str, created: str) -> bytes:
    """Slides of (heading, lines, speaker's notes)."""
    pages = "".join(_slide(slide, number) for number, slide in enumerate(slides, start=1))
    body = f"<office:presentation>{pages}</office:presentation>"
    return _package("presentation", body, title=title, created=created)


def _paragraph(paragraph: Paragraph) -> str:
    if paragraph.kind == "heading":
        return f'<text:h text:outline-level="1">{paragraph.xml}</text:h>'
    line = f"<text:p>{paragraph.xml}</text:p>"
    return f"<text:list><text:list-item>{line}</text:list-item></text:list>" if paragraph.kind == "bullet" else line


def _cell(value: object) -> str:
    shown = f"<text:p>{escape(str(value))}</text:p></table:table-cell>"
    if isinstance(value, int | float):
        return f'<table:table-cell office:value-type="float" office:value="{value}">{shown}'
    return f'<table:table-cell office:value-type="string">{shown}'


def _slide(slide: tuple[str, str, str], number: int) -> str:
    heading, lines, notes = slide
    return (
        f'<draw:page draw:name="page{number}" draw:master-page-name="plain">'
        f"{_frame('title', [heading], top_cm=1)}{_frame('outline', lines.splitlines(), top_cm=4)}"
        f"<presentation:notes>{_frame('notes', [notes], top_cm=12)}</presentation:notes></draw:page>"
    )


def _frame(role: str, lines: list[str], *, top_cm: int) -> str:
    body = "".join(f"<text:p>{escape(line)}</text:p>" for line in lines)
    place = f'svg:x="2cm" svg:y="{top_cm}cm" svg:width="24cm" svg:height="{8 if role == "outline" else 2}cm"'
    frame = f'<draw:frame presentation:style-name="clear" presentation:class="{role}" {place}>'
    return f"{frame}<draw:text-box>{body}</draw:text-box></draw:frame>"


def _package(kind: str, body: str, *, title: str, created: str) -> bytes:
    media_type = f"application/vnd.oasis.opendocument.{kind}"
    meta = (
        f'<office:meta xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{escape(title)}</dc:title>'
        f"<meta:creation-date>{created}T12:00:00</meta:creation-date></office:meta>"
    )
    entries = "".join(
        f'<manifest:file-entry manifest:full-path="{path}" manifest:media-type="{entry_type}"/>'
        for path, entry_type in {"/": media_type, **dict.fromkeys(XML_PARTS, "text/xml")}.items()
    )
    namespace = 'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.3"'
    return zipped(
        {
            "mimetype": media_type,
            "content.xml": _document("content", f"{CLEAR}<office:body>{body}</office:body>"),
            "styles.xml": _document("styles", PAGE_STYLES),
            "meta.xml": _document("meta", meta),
            "META-INF/manifest.xml": f"{XML}<manifest:manifest {namespace}>{entries}</manifest:manifest>",
        }
    )


def _document(part: str, body: str) -> str:
    return f'{XML}<office:document-{part} {NAMESPACES} office:version="1.3">{body}</office:document-{part}>'
