"""The formats there are, the kinds that they mean to a person, and what names end in."""

from enum import StrEnum


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
    OTHER_DOCUMENT = "other document"  # of a word processor that only LibreOffice understands
    OTHER_SLIDES = "other slides"
    OTHER_SHEET = "other sheet"
    MSG = "msg"
    MBOX = "mbox"
    EPUB = "epub"
    MOBI = "mobi"
    FB2 = "fb2"
    XPS = "xps"
    CBZ = "cbz"
    HTML = "html"
    MARKDOWN = "markdown"
    TEXT = "text"
    TEX = "tex"
    SUBTITLES = "subtitles"
    ICS = "ics"
    VCF = "vcf"
    CODE = "code"
    JSON = "json"
    XML = "xml"
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
    Format.OTHER_DOCUMENT: "document",
    Format.OTHER_SLIDES: "slides",
    Format.OTHER_SHEET: "sheet",
    Format.MSG: "email",
    Format.MBOX: "email",
    Format.EPUB: "book",
    Format.MOBI: "book",
    Format.FB2: "book",
    Format.XPS: "document",
    Format.CBZ: "book",
    Format.HTML: "web",
    Format.MARKDOWN: "text",
    Format.TEXT: "text",
    Format.TEX: "text",
    Format.SUBTITLES: "text",
    Format.ICS: "text",
    Format.VCF: "text",
    Format.CODE: "code",
    Format.JSON: "code",
    Format.XML: "code",
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
    Format.TEXT: "txt text log rst adoc asciidoc org bib nfo diz me readme wiki textile po pot",
    Format.HTML: "html htm xhtml xht",
    Format.CSV: "csv tsv tab psv",
    Format.IPYNB: "ipynb",
    Format.EML: "eml emlx",
    Format.MBOX: "mbox mbx",
    Format.SVG: "svg",
    Format.FB2: "fb2",
    Format.TEX: "tex ltx latex",
    Format.SUBTITLES: "srt vtt sbv ass ssa",
    Format.ICS: "ics ical ifb vcs",
    Format.VCF: "vcf vcard",
    Format.JSON: "json json5 jsonc jsonl ndjson geojson webmanifest",
    Format.XML: "xml xsd xsl xslt gpx kml opml plist rss atom tei wsdl",
    Format.CODE: "ada adb ads asm awk bash bat c c++ cc cfg clj cljs cmake cmd coffee conf cpp cr cs css cu cxx d dart"
    " diff dockerfile el elm erl ex exs f f90 fish for fs fsx gd go gradle graphql groovy h hh hpp hs hxx ini java jl"
    " js jsx kt kts less lisp lua m mk ml mli mm nim nix pas patch php pl pm properties proto"
    " ps1 psm1 pxd py pyi pyw pyx r rake rb rkt rs s sass scala scm scss sed sh sol sql styl sv svelte swift tcl tf"
    " toml ts tsx v vala vb vbs vhd vhdl vim vue yaml yml zig zsh",
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
    Format.DOC: "doc dot",
    Format.PPT: "ppt pps pot",
    Format.OTHER_DOCUMENT: "wpd hwp hwpx pages wps sxw",
    Format.OTHER_SLIDES: "key sxi",
    Format.OTHER_SHEET: "numbers sxc",
    Format.MSG: "msg oft",
    Format.EPUB: "epub",
    Format.MOBI: "mobi prc azw azw3",
    Format.XPS: "xps oxps",
    Format.CBZ: "cbz",
    Format.FB2: "fbz",
    Format.RTF: "rtf",
    Format.PICTURE: "jpg jpeg jpe jfif png apng gif bmp dib tif tiff webp avif heic heif hif ico psd jp2 j2k jpx jxl"
    " tga pcx ppm pgm pbm pnm qoi j2c jpc jpf mpo avifs dng cr2 cr3 crw nef nrw arw sr2 srf orf rw2 raf pef srw 3fr"
    " iiq erf mef mrw x3f kdc dcr",
    Format.VIDEO: "mp4 m4v mov mkv webm avi wmv mpg mpeg m2ts mts 3gp 3g2 flv ogv vob",
    Format.AUDIO: "mp3 m4a m4b aac flac ogg oga opus wav wma aif aiff au mid midi ape amr",
    Format.ARCHIVE: "zip tar gz tgz bz2 tbz tbz2 xz txz 7z rar zst lz4 lzma cab deb rpm jar war whl apk iso dmg z br"
    " cbr cb7 cbt",
}


def _by_suffix(suffixes: dict[Format, str]) -> dict[str, Format]:
    return {suffix: form for form, words in suffixes.items() for suffix in words.split()}


TEXT_FORMATS = _by_suffix(_TEXT_SUFFIXES)
BINARY_FORMATS = _by_suffix(_BINARY_SUFFIXES)
# Whole names that promise source code, in lower case.
CODE_NAMES = frozenset(
    {"makefile", "dockerfile", "rakefile", "gemfile", "jenkinsfile", "vagrantfile", "justfile", "pkgbuild"}
)
