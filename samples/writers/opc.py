"""The package that DOCX, XLSX and PPTX have in common: parts, their types, what refers to what."""

from typing import NamedTuple
from xml.sax.saxutils import escape

from writers.markup import XML, zipped

OFFICE = "application/vnd.openxmlformats-officedocument"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"


class Part(NamedTuple):
    path: str  # in the zip
    kind: str  # content type after "application/vnd.openxmlformats-officedocument."
    xml: str
    relations: tuple[tuple[str, str], ...] = ()  # (kind, target beside the part); their ids are rId1, rId2, ...


def package(parts: list[Part], *, title: str, created: str) -> bytes:
    """A package whose first part is the document itself."""
    core = Part("docProps/core.xml", "core", _core_properties(title, created))
    types = "".join(f'<Override PartName="/{part.path}" ContentType="{OFFICE}.{part.kind}+xml"/>' for part in parts)
    types += (
        f'<Override PartName="/{core.path}" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>'
    )
    defaults = (
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
    )
    members: dict[str, str | bytes] = {
        "[Content_Types].xml": f'{XML}<Types xmlns="{PACKAGE}/content-types">{defaults}{types}</Types>',
        "_rels/.rels": _relationships(
            [
                (f"{RELATIONS}/officeDocument", parts[0].path),
                (f"{PACKAGE}/relationships/metadata/core-properties", core.path),
            ]
        ),
    }
    for part in [*parts, core]:
        members[part.path] = XML + part.xml
        if part.relations:
            folder, _, name = part.path.rpartition("/")
            links = [(f"{RELATIONS}/{kind}", target) for kind, target in part.relations]
            members[f"{folder}/_rels/{name}.rels"] = _relationships(links)
    return zipped(members)


def _relationships(links: list[tuple[str, str]]) -> str:
    rows = "".join(
        f'<Relationship Id="rId{number}" Type="{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(links, start=1)
    )
    return f'{XML}<Relationships xmlns="{PACKAGE}/relationships">{rows}</Relationships>'


def _core_properties(title: str, created: str) -> str:
    return (
        f'<cp:coreProperties xmlns:cp="{PACKAGE}/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:title>{escape(title)}</dc:title>"
        f'<dcterms:created xsi:type="dcterms:W3CDTF">{created}T12:00:00Z</dcterms:created></cp:coreProperties>'
    )
