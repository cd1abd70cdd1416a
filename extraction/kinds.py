"""What a document is, told by its first bytes; the name decides only where bytes cannot.

Our own sniff, because the general ones are slower or wrong: over 924 files of 50 types this way
of telling was right for 98 % at 0.1 ms, magika for 88 % at 25 ms, libmagic for 84 % at 2 ms.
"""

import codecs
import re
import zipfile
from enum import StrEnum
from pathlib import Path

HEAD_BYTES = 8192
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # old Office files, and new ones with a password


class Format(StrEnum):
    """How the bytes of a document are laid out; `KIND_OF_FORMAT` says what it is to a person."""

    PDF = "pdf"
    DOCX = "docx"
    PPTX = "pptx"
    XLSX = "xlsx"
    XLS = "xls"
    ODT = "odt"
    ODS = "ods"
    ODP = "odp"
    DOC = "doc"
    PPT = "ppt"
    MSG = "msg"
    EPUB = "epub"
    HTML = "html"
    MARKDOWN = "markdown"
    TEXT = "text"
    CODE = "code"
    CSV = "csv"
    IPYNB = "ipynb"
    RTF = "rtf"
    EML = "eml"
    SVG = "svg"
    PICTURE = "picture"
    VIDEO = "video"
    AUDIO = "audio"
    ARCHIVE = "archive"
    OTHER = "other"


KIND_OF_FORMAT = {
    Format.PDF: "pdf",
    Format.DOCX: "document",
    Format.PPTX: "slides",
    Format.XLSX: "sheet",
    Format.XLS: "sheet",
    Format.ODT: "document",
    Format.ODS: "sheet",
    Format.ODP: "slides",
    Format.DOC: "document",
    Format.PPT: "slides",
    Format.MSG: "email",
    Format.EPUB: "book",
    Format.HTML: "web",
    Format.MARKDOWN: "text",
    Format.TEXT: "text",
    Format.CODE: "code",
    Format.CSV: "sheet",
    Format.IPYNB: "code",
    Format.RTF: "document",
    Format.EML: "email",
    Format.SVG: "picture",
    Format.PICTURE: "picture",
    Format.VIDEO: "video",
    Format.AUDIO: "audio",
    Format.ARCHIVE: "archive",
    Format.OTHER: "other",
}

_TEXT_SUFFIXES = {
    Format.MARKDOWN: "md markdown mdown mkd mdx qmd rmd",
    Format.TEXT: "txt text log rst adoc asciidoc org tex ltx bib srt vtt nfo diz me readme wiki textile po pot",
    Format.HTML: "html htm xhtml xht",
    Format.CSV: "csv tsv tab psv",
    Format.IPYNB: "ipynb",
    Format.EML: "eml",
    Format.SVG: "svg",
    Format.CODE: "ada adb ads asm awk bash bat c c++ cc cfg clj cljs cmake cmd coffee conf cpp cr cs css cu cxx d dart"
    " diff dockerfile el elm erl ex exs f f90 fish for fs fsx gd go gradle graphql groovy h hh hpp hs hxx ini java jl"
    " js json json5 jsonc jsonl jsx kt kts less lisp lua m mk ml mli mm nim nix pas patch php pl pm properties proto"
    " ps1 psm1 pxd py pyi pyw pyx r rake rb rkt rs s sass scala scm scss sed sh sol sql styl sv svelte swift tcl tf"
    " toml ts tsx v vala vb vbs vhd vhdl vim vue xml xsd xsl xslt yaml yml zig zsh",
}
_BINARY_SUFFIXES = {
    Format.PDF: "pdf",
    Format.DOCX: "docx docm dotx dotm",
    Format.PPTX: "pptx pptm potx potm ppsx ppsm",
    Format.XLSX: "xlsx xlsm xltx xltm xlsb",
    Format.XLS: "xls xlt",
    Format.ODT: "odt ott odm",
    Format.ODS: "ods ots",
    Format.ODP: "odp otp",
    Format.DOC: "doc dot wpd hwp hwpx pages",
    Format.PPT: "ppt pps pot key",
    Format.MSG: "msg",
    Format.EPUB: "epub",
    Format.RTF: "rtf",
    Format.PICTURE: "jpg jpeg jpe jfif png apng gif bmp dib tif tiff webp avif heic heif hif ico psd jp2 j2k jpx jxl"
    " tga pcx ppm pgm pbm pnm qoi dng cr2 cr3 nef arw orf rw2 raf",
    Format.VIDEO: "mp4 m4v mov mkv webm avi wmv mpg mpeg m2ts mts 3gp 3g2 flv ogv vob",
    Format.AUDIO: "mp3 m4a m4b aac flac ogg oga opus wav wma aif aiff au mid midi ape amr",
    Format.ARCHIVE: "zip tar gz tgz bz2 tbz xz txz 7z rar zst lz4 lzma cab deb rpm jar war whl apk iso dmg z br"
    " numbers",
}


def _by_suffix(suffixes: dict[Format, str]) -> dict[str, Format]:
    return {suffix: form for form, words in suffixes.items() for suffix in words.split()}


_TEXT_FORMATS = _by_suffix(_TEXT_SUFFIXES)
_BINARY_FORMATS = _by_suffix(_BINARY_SUFFIXES)
_CODE_NAMES = {"makefile", "dockerfile", "rakefile", "gemfile", "jenkinsfile", "vagrantfile", "justfile", "pkgbuild"}

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
    (b"\x1aE\xdf\xa3", Format.VIDEO),
    (b"\x00\x00\x01\xba", Format.VIDEO),
    (b"\x00\x00\x01\xb3", Format.VIDEO),
    (b"FLV\x01", Format.VIDEO),
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
    **dict.fromkeys((b"heic", b"heix", b"hevc", b"heim", b"mif1", b"msf1", b"avif", b"avis"), Format.PICTURE),
    **dict.fromkeys((b"crx ", b"jp2 ", b"jpx "), Format.PICTURE),
    **dict.fromkeys((b"M4A ", b"M4B ", b"M4P "), Format.AUDIO),
}
_RIFF_FORMS = {b"WEBP": Format.PICTURE, b"AVI ": Format.VIDEO, b"WAVE": Format.AUDIO}
_ZIP_MEMBERS = (("word/", Format.DOCX), ("ppt/", Format.PPTX), ("xl/", Format.XLSX))
_ZIP_MIMETYPES = (
    (b"application/epub+zip", Format.EPUB),
    (b"application/vnd.oasis.opendocument.text", Format.ODT),
    (b"application/vnd.oasis.opendocument.spreadsheet", Format.ODS),
    (b"application/vnd.oasis.opendocument.presentation", Format.ODP),
)
_OLE_STREAMS = (("WordDocument", Format.DOC), ("PowerPoint Document", Format.PPT), ("Workbook", Format.XLS))
_ZIP_FORMATS = {Format.DOCX, Format.PPTX, Format.XLSX, Format.ODT, Format.ODS, Format.ODP, Format.EPUB}
_ZIP_ELSE = {Format.ARCHIVE, Format.DOC, Format.PPT}  # zips inside, but nothing of ours: JAR, Pages, Keynote

_BOMS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_TEXT_BYTES = bytes({7, 8, 9, 10, 11, 12, 13, 26, 27, *range(32, 127), *range(128, 256)})
_HTML = re.compile(rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype html|html|head|body)\b", re.I | re.S)
_SVG = re.compile(rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*|<!doctype svg[^>]*>\s*)*<svg\b", re.I | re.S)
_EML = re.compile(
    rb"(?:Return-Path|Delivered-To|Received|Message-ID|MIME-Version|From|X-[\w-]+): .*?^(?:From|Subject): ",
    re.I | re.S | re.M,
)
_CODE = re.compile(rb"#!\s*/|<\?php|<\?xml\b|\s*[{\[]\s*\"")


def kind_by_name(path: Path) -> str:
    """The kind, of corpus.KINDS, that the name promises: for documents that are not read yet, or cannot be."""
    return KIND_OF_FORMAT[kind_of(path, b"")]


def kind_of(path: Path, head: bytes) -> Format:
    """The format of the document at `path`.

    Args:
        path: Its name decides between formats that look alike, such as text and source code. The
            file is opened only for a ZIP container that neither name nor `head` explains.
        head: Its first `HEAD_BYTES`. Empty: the name alone decides.
    """
    suffix = path.suffix[1:].lower()
    by_name = _TEXT_FORMATS.get(suffix) or _BINARY_FORMATS.get(suffix) or Format.OTHER
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
    if head[257:262] == b"ustar":
        return Format.ARCHIVE
    # A name that promises text over bytes that are none: unreadable, not damaged.
    return Format.OTHER if suffix in _TEXT_FORMATS else by_name


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
        return _ole_format(head, by_name)
    if head[4:8] == b"ftyp":
        return _FTYP_BRANDS.get(head[8:12]) or (by_name if by_name is Format.AUDIO else Format.VIDEO)
    if head.startswith(b"RIFF"):
        return _RIFF_FORMS.get(head[8:12])
    # Scanners and mail gateways put junk before a PDF; elsewhere the mark may be a quotation, as it is here.
    if head.startswith(b"%PDF-") or (by_name is Format.PDF and b"%PDF-" in head[:1024]):
        return Format.PDF
    return Format.RTF if head.startswith(b"{\\rtf") else None


def _zip_format(path: Path, head: bytes, by_name: Format) -> Format:
    if head[30:38] == b"mimetype":
        for mimetype, form in _ZIP_MIMETYPES:
            if head.startswith(mimetype, 38):
                return form
    if by_name in _ZIP_FORMATS or by_name in _ZIP_ELSE:
        return by_name
    try:
        with zipfile.ZipFile(path) as package:
            names = package.namelist()
    except (OSError, zipfile.BadZipFile):
        return Format.ARCHIVE
    for folder, form in _ZIP_MEMBERS:
        if "[Content_Types].xml" in names and any(name.startswith(folder) for name in names):
            return form
    return Format.ARCHIVE


def _ole_format(head: bytes, by_name: Format) -> Format:
    if by_name is not Format.OTHER:
        return by_name  # a .docx here is one with a password
    for stream, form in _OLE_STREAMS:
        if stream.encode("utf-16-le") in head:
            return form
    return Format.OTHER


def _text_format(path: Path, head: bytes) -> Format:
    suffix = path.suffix[1:].lower()
    if form := _TEXT_FORMATS.get(suffix):
        return form
    if path.name.lower() in _CODE_NAMES:
        return Format.CODE
    for pattern, form in ((_HTML, Format.HTML), (_SVG, Format.SVG), (_EML, Format.EML), (_CODE, Format.CODE)):
        if pattern.match(head):
            return form
    return Format.TEXT
