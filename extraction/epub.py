"""EPUB: one page per file of the spine, in reading order."""

import posixpath
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree as ET

from errors import DocumentError
from extraction.reading import Reading, capped_pages, iso_date
from extraction.web_page import markup_of, shown
from extraction.zip_package import Package, open_package, resolve


def read(path: Path) -> Reading:
    """Title, date and text of a book.

    Raises:
        DocumentError: It is copy-protected or names no content.
    """
    with open_package(path) as package:
        opf = _package_document(package)
        root = package.xml(opf)
        spine = [member for member in _spine(root, opf) if member in package.names]
        if not spine:
            raise DocumentError(path, "damaged: nothing to read in it")
        if _encrypted_members(package) & set(spine):
            raise DocumentError(path, "encrypted")
        pages = (shown(markup_of(package.read(member)))[1:] for member in spine)
        texts, headings, truncated = capped_pages(pages)
        title = _first(root, ".//{*}metadata//{*}title")
        created = iso_date(_first(root, ".//{*}metadata//{*}date"))
        return Reading(texts, title=title, created=created, truncated=truncated, headings=headings)


def _package_document(package: Package) -> str:
    rootfile = package.xml("META-INF/container.xml").find(".//{*}rootfile")
    if rootfile is None:
        raise DocumentError(package.path, "damaged: no package document")
    return unquote(rootfile.get("full-path", ""))


def _spine(root: ET.Element, opf: str) -> Iterator[str]:
    href_of = {item.get("id"): item.get("href", "") for item in root.iterfind(".//{*}manifest/{*}item")}
    for reference in root.iterfind(".//{*}spine/{*}itemref"):
        if href := href_of.get(reference.get("idref")):
            yield resolve(opf, unquote(href))


def _encrypted_members(package: Package) -> set[str]:
    """Members that `META-INF/encryption.xml` names; scrambled fonts are there too, and harmless."""
    root = package.xml("META-INF/encryption.xml")
    return {posixpath.normpath(unquote(e.get("URI", ""))) for e in root.iterfind(".//{*}CipherReference")}


def _first(root: ET.Element, pattern: str) -> str:
    element = root.find(pattern)
    return (element.text or "") if element is not None else ""
