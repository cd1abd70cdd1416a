"""The little markup that the texts are written in, and what every zipped format shares."""

import io
import zipfile
from typing import NamedTuple
from xml.sax.saxutils import escape

ZIP_DATE = (2024, 1, 1, 0, 0, 0)
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


class Paragraph(NamedTuple):
    kind: str  # "heading", "bullet" or "body"
    text: str

    @property
    def xml(self) -> str:
        """The text, escaped for XML."""
        return escape(self.text)


def paragraphs(markup: str) -> list[Paragraph]:
    """Split at empty lines; `# ` starts a heading, each `- ` a bullet of its own.

    Example: "# Soup\n\nBoil it\nslowly.\n\n- salt" is a heading, one body paragraph and a bullet.
    """
    found = []
    for block in markup.strip().split("\n\n"):
        if block.startswith("# "):
            found.append(Paragraph("heading", block[2:]))
        elif block.startswith("- "):
            found += [Paragraph("bullet", item.replace("\n", " ")) for item in block[2:].split("\n- ")]
        else:
            found.append(Paragraph("body", block.replace("\n", " ")))
    return found


def zipped(members: dict[str, str | bytes]) -> bytes:
    """A zip with its members in the given order and a fixed date.

    Nothing is compressed: another zlib would give other bytes, and `mimetype` of ODF and EPUB
    has to be stored anyway.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name, ZIP_DATE)
            info.create_system = 3  # otherwise Windows would write other bytes
            archive.writestr(info, content)
    return buffer.getvalue()
