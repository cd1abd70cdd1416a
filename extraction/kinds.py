"""What a document is, told by its first bytes; the name decides only where bytes cannot.

Our own sniff, because the general ones are slower or wrong: over 924 files of 50 types this way
of telling was right for 98 % at 0.1 ms, magika for 88 % at 25 ms, libmagic for 84 % at 2 ms.
"""

import codecs
import re
import struct
from pathlib import Path

from extraction.formats import BINARY_FORMATS, CODE_NAMES, KIND_OF_FORMAT, TEXT_FORMATS, Format
from extraction.zip_names import first_names

__all__ = ["HEAD_BYTES", "KIND_OF_FORMAT", "OLE_MAGIC", "Format", "kind_by_name", "kind_of", "utf16_without_mark"]

HEAD_BYTES = 8192
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # old Office files, and new ones with a password
_MAX_NAMES = 2_000  # of members of a ZIP container
_MAX_DIRECTORY_BYTES = 64 << 10  # of an OLE container


# Only of what is no text: a letter may begin with "FORM" or "ID3".
_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", Format.PICTURE),
    (b"\xff\xd8\xff", Format.PICTURE),
    (b"GIF8", Format.PICTURE),
    (b"II*\x00", Format.PICTURE),
    (b"MM\x00*", Format.PICTURE),
    (b"8BPS", Format.PICTURE),
    (b"\x00\x00\x00\x0cjP  ", Format.PICTURE),
    (b"\x00\x00\x00\x0cJXL ", Format.PICTURE),
    (b"\xff\x0a", Format.PICTURE),  # JPEG XL without a container
    (b"\xff\x4f\xff\x51", Format.PICTURE),  # JPEG 2000 without one
    (b"qoif", Format.PICTURE),
    (b"FUJIFILMCCD-RAW", Format.PICTURE),
    (b"IIRO", Format.PICTURE),  # these and the next: raw pictures of Olympus, Panasonic, Minolta, Sigma, Canon
    (b"IIRS", Format.PICTURE),
    (b"MMOR", Format.PICTURE),
    (b"IIU\x00", Format.PICTURE),
    (b"\x00MRM", Format.PICTURE),
    (b"FOVb", Format.PICTURE),
    (b"II\x1a\x00\x00\x00HEAPCCDR", Format.PICTURE),
    (b"\x1aE\xdf\xa3", Format.VIDEO),
    (b"\x00\x00\x01\xba", Format.VIDEO),
    (b"\x00\x00\x01\xb3", Format.VIDEO),
    (b"FLV\x01", Format.VIDEO),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", Format.VIDEO),  # ASF, which WMV and WMA are
    (b"ID3", Format.AUDIO),
    (b"fLaC", Format.AUDIO),
    (b"OggS", Format.AUDIO),
    (b"MThd", Format.AUDIO),
    (b"FORM", Format.AUDIO),
    (b"\x1f\x8b", Format.ARCHIVE),
    (b"BZh", Format.ARCHIVE),
    (b"\xfd7zXZ\x00", Format.ARCHIVE),
    (b"7z\xbc\xaf\x27\x1c", Format.ARCHIVE),
    (b"Rar!\x1a\x07", Format.ARCHIVE),
    (b"\x28\xb5\x2f\xfd", Format.ARCHIVE),
    (b"!<arch>\n", Format.ARCHIVE),
    (b"MSCF", Format.ARCHIVE),
)
_FTYP_BRANDS = {
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"), Format.PICTURE),
    **dict.fromkeys((b"mif1", b"msf1", b"avif", b"avis"), Format.PICTURE),
    **dict.fromkeys((b"crx ", b"jp2 ", b"jpx "), Format.PICTURE),
    **dict.fromkeys((b"M4A ", b"M4B ", b"M4P "), Format.AUDIO),
}
_RIFF_FORMS = {b"WEBP": Format.PICTURE, b"AVI ": Format.VIDEO, b"WAVE": Format.AUDIO}
_ZIP_MIMETYPES = (
    (b"application/epub+zip", Format.EPUB),
    (b"application/vnd.oasis.opendocument.text", Format.ODT),
    (b"application/vnd.oasis.opendocument.spreadsheet", Format.ODS),
    (b"application/vnd.oasis.opendocument.presentation", Format.ODP),
)
_ZIP_FOLDERS = {Format.DOCX: b"word/", Format.PPTX: b"ppt/", Format.XLSX: b"xl/"}
_ZIP_PACKAGES = {Format.DOCX, Format.PPTX, Format.XLSX, Format.ODT, Format.ODS, Format.ODP, Format.EPUB, Format.XPS}
_ZIP_SIGNS = (b"[Content_Types].xml", b"META-INF/", b"mimetype", b"content.xml", *_ZIP_FOLDERS.values())  # of a package
# Zips inside whose members say nothing of it.
_ZIP_ELSE = {Format.CBZ, Format.OTHER_DOCUMENT, Format.OTHER_SLIDES, Format.OTHER_SHEET}
# A message may hold documents, and a document others, so the order counts.
_OLE_STREAMS = (
    ("__properties_version1.0", Format.MSG),
    ("WordDocument", Format.DOC),
    ("PowerPoint Document", Format.PPT),
    ("Workbook", Format.XLS),
    ("Book", Format.XLS),
)

_BOMS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_TEXT_BYTES = bytes({7, 8, 9, 10, 11, 12, 13, 26, 27, *range(32, 127), *range(128, 256)})
# `*+`: what one round took stays taken. With `*`, every end of a comment may belong to any of them, 2^n ways in all.
_HTML = re.compile(rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*+<(?:!doctype html|html|head|body)\b", re.I | re.S)
_SVG = re.compile(rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*|<!doctype svg[^>]*>\s*)*+<svg\b", re.I | re.S)
_EML = re.compile(
    rb"(?:\d{1,9}\s*\n)?"  # Apple's mail program writes the length first
    rb"(?:Return-Path|Delivered-To|Received|Message-ID|MIME-Version|From|X-[\w-]+): .*?^(?:From|Subject): ",
    re.I | re.S | re.M,
)
_PORTABLE = re.compile(rb"P[1-7]\s")  # of these pictures some are text
_CODE = re.compile(rb"#!\s*/|<\?php")
_XML = re.compile(rb"\s*<\?xml\b")
_JSON = re.compile(rb"\s*[{\[]\s*\"")
_TEX = re.compile(rb"(?:\s|%[^\n]*\n)*\\document(?:class|style)\b")
# Marks that stand at the beginning of nothing else, so that they count whatever the name says of a text.
_MARKS = {
    Format.ICS: re.compile(rb"\s*BEGIN:VCALENDAR\b", re.I),
    Format.VCF: re.compile(rb"\s*BEGIN:VCARD\b", re.I),
    Format.FB2: re.compile(rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*+<FictionBook\b", re.S),
    Format.MBOX: re.compile(rb"From [^\n]*\d\d:\d\d[^\n]*\d{4}[^\n]*\n>?[\w-]+:"),
    Format.SUBTITLES: re.compile(rb"WEBVTT\s|\s*\[Script Info\]|\s*\d+[ \t]*\r?\n[ \t]*\d+:\d\d:\d\d[,.]\d+[ \t]*-->"),
}
_ALWAYS_MARKED = {Format.ICS, Format.VCF, Format.FB2, Format.MBOX}  # without it, it is something else of this name
_WEAK_MARKS = (
    (_HTML, Format.HTML),
    (_SVG, Format.SVG),
    (_EML, Format.EML),
    (_TEX, Format.TEX),
    (_XML, Format.XML),
    (_JSON, Format.JSON),
    (_CODE, Format.CODE),
)


def kind_by_name(path: Path) -> str:
    """The kind, of corpus.KINDS, that the name promises: for documents that are not read yet, or cannot be."""
    return KIND_OF_FORMAT[kind_of(path, b"")]


def kind_of(path: Path, head: bytes) -> Format:
    """The format of the document at `path`.

    Args:
        path: Its name decides between formats that look alike, such as text and source code. The
            file is opened only for a container that neither name nor `head` explains.
        head: Its first `HEAD_BYTES`. Empty: the name alone decides.
    """
    suffix = path.suffix[1:].lower()
    by_name = TEXT_FORMATS.get(suffix) or BINARY_FORMATS.get(suffix) or Format.OTHER
    if not head:
        return by_name
    if form := _container_format(path, head, by_name):
        return form
    if looks_like_text(head):
        return _text_format(path, head)
    for magic, form in _MAGIC:
        if head.startswith(magic):
            # One container holds sound or film: there the name knows better.
            return by_name if {by_name, form} == {Format.AUDIO, Format.VIDEO} else form
    if within := _format_within(head):
        return within
    # A name that promises text over bytes that are none: unreadable, not damaged.
    return Format.OTHER if suffix in TEXT_FORMATS else by_name


def looks_like_text(head: bytes) -> bool:
    """Whether a person could read it: a byte order mark, or next to no control characters.

    A log cut short by a crash may hold a stray zero; two in a row are a binary.
    """
    if head.startswith(_BOMS) or utf16_without_mark(head):
        return True
    return b"\0\0" not in head and len(head.translate(None, _TEXT_BYTES)) * 200 <= len(head)


def utf16_without_mark(data: bytes) -> str:
    """The codec of UTF-16 that lacks its byte order mark, else "".

    Every second byte of Latin text is zero, and hardly any other; what follows must be readable,
    for tables of small numbers look the same.
    """
    sample = data[:1024]
    half = len(sample) // 2
    for codec, zeros, others in (("utf-16-le", sample[1::2], sample[::2]), ("utf-16-be", sample[::2], sample[1::2])):
        if half >= 4 and zeros.count(0) > half * 0.6 and not others.count(0):
            text = sample[: half * 2].decode(codec, errors="replace")
            return codec if all(char.isprintable() or char.isspace() for char in text) else ""
    return ""


def _container_format(path: Path, head: bytes, by_name: Format) -> Format | None:
    if head.startswith(b"PK\x03\x04"):
        return _zip_format(path, head, by_name)
    if head.startswith(OLE_MAGIC):
        return _ole_format(path, head, by_name)
    if head[4:8] == b"ftyp":
        return _FTYP_BRANDS.get(head[8:12]) or (by_name if by_name is Format.AUDIO else Format.VIDEO)
    if head.startswith(b"RIFF"):
        return _RIFF_FORMS.get(head[8:12])
    # Scanners and mail gateways put junk before a PDF; elsewhere the mark may be a quotation, as it is here.
    if head.startswith(b"%PDF-") or (by_name is Format.PDF and b"%PDF-" in head[:1024]):
        return Format.PDF
    return Format.RTF if head.startswith(b"{\\rtf") else None


def _format_within(head: bytes) -> Format | None:
    """The format of what has its mark not at its beginning, or none but the order of its bytes."""
    if head[257:262] == b"ustar":
        return Format.ARCHIVE
    if head[60:68] in (b"BOOKMOBI", b"TEXtREAd"):
        return Format.MOBI
    if b"GGGG" in (head[:565:188], head[4:581:192]):  # the first bytes of an MPEG transport stream's packets
        return Format.VIDEO
    if head.startswith(b"BM") and head[6:10] == bytes(4) and head[15:18] == bytes(3):
        return Format.PICTURE
    return Format.AUDIO if _starts_with_mpeg_sound(head) else None


_MPEG_KBPS = (
    (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
)
_MPEG_HZ = (44100, 48000, 32000)


def _starts_with_mpeg_sound(head: bytes) -> bool:
    """Whether an MP3 frame stands here, and the mark of the next one where it ends."""
    if len(head) < 4:
        return False
    mark, (rate, sampling) = int.from_bytes(head[:2], "big"), divmod(head[2] >> 2, 4)
    version, layer = mark >> 3 & 3, mark >> 1 & 3
    if mark >> 5 != 0x7FF or version == 1 or layer != 1 or rate in (0, 15) or sampling == 3:
        return False
    is_half = version != 3
    hertz = _MPEG_HZ[sampling] >> (3 - version if version else 2)
    size = (72_000 if is_half else 144_000) * _MPEG_KBPS[is_half][rate] // hertz + (head[2] >> 1 & 1)
    return head[size : size + 2] == head[:2]


def _zip_format(path: Path, head: bytes, by_name: Format) -> Format:
    if head[30:38] == b"mimetype":
        for mimetype, form in _ZIP_MIMETYPES:
            if head.startswith(mimetype, 38):
                return form
    folder = _ZIP_FOLDERS.get(by_name)
    if by_name in _ZIP_ELSE or (folder and folder in head):
        return by_name
    try:
        names, _ = first_names(path, _MAX_NAMES)
    except (OSError, ValueError, struct.error):
        return by_name if by_name in _ZIP_PACKAGES else Format.ARCHIVE
    if inside := _format_of_members(names):
        return inside
    is_package = any(name.startswith(_ZIP_SIGNS) for name in names)
    return by_name if by_name in _ZIP_PACKAGES and is_package else Format.ARCHIVE


def _format_of_members(names: list[bytes]) -> Format | None:
    if b"[Content_Types].xml" in names:
        for form, folder in _ZIP_FOLDERS.items():
            if any(name.startswith(folder) for name in names):
                return form
        if any(name.lower().endswith(b".fdseq") for name in names):
            return Format.XPS
    if len(names) == 1 and names[0].lower().endswith(b".fb2"):
        return Format.FB2
    return Format.CBZ if b"ComicInfo.xml" in names else None


def _ole_format(path: Path, head: bytes, by_name: Format) -> Format:
    names = head + _ole_directory(path, head)
    found = [form for stream, form in _OLE_STREAMS if f"{stream}\0".encode("utf-16-le") in names]
    if by_name in found:
        return by_name
    if by_name in TEXT_FORMATS.values():
        by_name = Format.OTHER
    return found[0] if found else by_name  # a .docx here is one with a password


def _ole_directory(path: Path, head: bytes) -> bytes:
    """The beginning of the table of streams, wherever in the file it is."""
    if len(head) < 52:
        return b""
    (sector_bits,), (sector,) = struct.unpack_from("<H", head, 30), struct.unpack_from("<L", head, 48)
    try:
        with path.open("rb") as file:
            file.seek((sector + 1) << min(sector_bits, 12))
            return file.read(_MAX_DIRECTORY_BYTES)
    except OSError:
        return b""


def _text_format(path: Path, head: bytes) -> Format:
    suffix = path.suffix[1:].lower()
    by_name = TEXT_FORMATS.get(suffix)
    if BINARY_FORMATS.get(suffix) is Format.PICTURE and _PORTABLE.match(head):
        return Format.PICTURE
    sample = _as_ascii(head)
    marked = next((form for form, pattern in _MARKS.items() if pattern.match(sample)), None)
    if marked and by_name in (None, Format.TEXT, Format.XML, marked):
        return marked
    if by_name and by_name not in _ALWAYS_MARKED:
        return by_name
    if path.name.lower() in CODE_NAMES:
        return Format.CODE
    return next((form for pattern, form in _WEAK_MARKS if pattern.match(sample)), Format.TEXT)


def _as_ascii(head: bytes) -> bytes:
    """What marks are looked for in, without a byte order mark and in 8 bits."""
    if head.startswith(codecs.BOM_UTF8):
        return head[len(codecs.BOM_UTF8) :]
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return head.decode("utf-16", errors="replace").encode()
    return head
