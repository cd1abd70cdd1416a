"""DOCX and XLSX."""

from xml.sax.saxutils import escape

from writers.markup import Paragraph, paragraphs
from writers.opc import RELATIONS, Part, package

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
WORD_STYLES = (
    f'<w:styles xmlns:w="{WORD}"><w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/>'
    '</w:style><w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/><w:basedOn w:val="Normal"/>'
    '<w:pPr><w:outlineLvl w:val="0"/></w:pPr><w:rPr><w:b/><w:sz w:val="32"/></w:rPr></w:style></w:styles>'
)


def docx(markup: str, *, title: str, created: str) -> bytes:
    """Text with its page number in a footer, as letters have it."""
    body = "".join(_paragraph(p) for p in paragraphs(markup))
    section = '<w:sectPr><w:footerReference w:type="default" r:id="rId2"/><w:pgSz w:w="11906" w:h="16838"/></w:sectPr>'
    document = f'<w:document xmlns:w="{WORD}" xmlns:r="{RELATIONS}"><w:body>{body}{section}</w:body></w:document>'
    footer = f'<w:ftr xmlns:w="{WORD}">{_run_paragraph(escape(title))}</w:ftr>'
    relations = (("styles", "styles.xml"), ("footer", "footer1.xml"))
    parts = [
        Part("word/document.xml", "wordprocessingml.document.main", document, relations),
        Part("word/styles.xml", "wordprocessingml.styles", WORD_STYLES),
        Part("word/footer1.xml", "wordprocessingml.footer", footer),
    ]
    return package(parts, title=title, created=created)


def xlsx(sheets: dict[str, list[list[object]]], *, title: str, created: str) -> bytes:
    names = "".join(
        f'<sheet name="{escape(name)}" sheetId="{number}" r:id="rId{number}"/>'
        for number, name in enumerate(sheets, start=1)
    )
    workbook = f'<workbook xmlns="{SHEET}" xmlns:r="{RELATIONS}"><sheets>{names}</sheets></workbook>'
    parts = [
        Part(f"xl/worksheets/sheet{number}.xml", "spreadsheetml.worksheet", _worksheet(rows))
        for number, rows in enumerate(sheets.values(), start=1)
    ]
    relations = tuple(("worksheet", part.path.removeprefix("xl/")) for part in parts)
    main = Part("xl/workbook.xml", "spreadsheetml.sheet.main", workbook, relations)
    return package([main, *parts], title=title, created=created)


def _paragraph(paragraph: Paragraph) -> str:
    style = '<w:pPr><w:pStyle w:val="Heading1"/></w:pPr>' if paragraph.kind == "heading" else ""
    bullet = "• " if paragraph.kind == "bullet" else ""
    return _run_paragraph(bullet + paragraph.xml, style)


def _run_paragraph(xml: str, style: str = "") -> str:
    return f'<w:p>{style}<w:r><w:t xml:space="preserve">{xml}</w:t></w:r></w:p>'


def _worksheet(rows: list[list[object]]) -> str:
    body = "".join(
        f'<row r="{number}">'
        + "".join(_cell(value, f"{chr(65 + column)}{number}") for column, value in enumerate(row))
        + "</row>"
        for number, row in enumerate(rows, start=1)
    )
    return f'<worksheet xmlns="{SHEET}"><sheetData>{body}</sheetData></worksheet>'


def _cell(value: object, place: str) -> str:
    if isinstance(value, int | float):
        return f'<c r="{place}"><v>{value}</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t>{escape(str(value))}</t></is></c>'
