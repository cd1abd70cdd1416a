"""PDFs, pictures and films as nobody would want to read them; benchmarks/hostile_corpus.py has the launcher read them.

By the name of the file, which says what is wrong with it.
"""

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

DEPTH = 100_000
SIDE_PX = 100_000


def zeros(size: int) -> bytes:
    """What unpacks to that many zeros, made in little memory."""
    packer = zlib.compressobj(9)
    blocks = [packer.compress(bytes(1 << 20)) for _ in range(size >> 20)]
    return b"".join(blocks) + packer.compress(bytes(size % (1 << 20))) + packer.flush()


def later(make: Callable[[], bytes]) -> Callable[[Path], None]:
    """What is only made when it is written: all of this is imported by each worker of who imports it."""
    return lambda path: path.write_bytes(make()) and None


# --- PDF ---


def pdf(*objects: str | bytes) -> bytes:
    """A PDF of these objects, numbered from 1; the first is the catalog."""
    parts, offsets, place = [b"%PDF-1.7\n"], [], 9
    for number, content in enumerate(objects, start=1):
        body = content.encode() if isinstance(content, str) else content
        parts.append(b"%d 0 obj\n%s\nendobj\n" % (number, body))
        offsets.append(place)
        place += len(parts[-1])
    count = len(objects) + 1
    parts.append(b"xref\n0 %d\n0000000000 65535 f \n" % count)
    parts += [b"%010d 00000 n \n" % offset for offset in offsets]
    parts.append(b"trailer <</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (count, place))
    return b"".join(parts)


def stream(content: bytes, entries: str = "") -> bytes:
    return f"<<{entries}/Length {len(content)}>>stream\n".encode() + content + b"\nendstream"


CATALOG = "<</Type/Catalog/Pages 2 0 R>>"
PAGES = "<</Type/Pages/Kids[3 0 R]/Count 1>>"
PAGE = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 500 500]/Contents 4 0 R/Resources<</XObject<</F0 5 0 R>>>>>>"


def _form(number: int) -> bytes:
    inside = f"/Type/XObject/Subtype/Form/BBox[0 0 500 500]/Resources<</XObject<</F{number + 1} {number + 6} 0 R>>>>"
    return stream(f"/F{number + 1} Do /F{number + 1} Do".encode(), inside)


def _packed_table(*objects: str | bytes, places: tuple[tuple[int, int, int], ...] = (), count: int = 0) -> bytes:
    """A PDF of these objects whose table is packed: entries for `places` instead of theirs, `count` in all."""
    data = pdf(*objects)
    data = data[: data.index(b"xref")]
    own = [(1, data.index(b"%d 0 obj" % number), 0) for number in range(1, len(objects) + 1)]
    entries = [(0, 0, 0), *own, (1, len(data), 0)]
    for place in places:
        entries[place[0]] = (2, *place[1:])  # in a stream of objects
    count = max(count, len(entries))
    packer = zlib.compressobj(9)
    table = packer.compress(b"".join(struct.pack(">BII", *entry) for entry in entries))
    table += packer.compress(bytes(9 * (count - len(entries)))) + packer.flush()
    about = f"/Type/XRef/W[1 4 4]/Size {count}/Root 1 0 R/Filter/FlateDecode"
    number = len(objects) + 1
    return data + b"%d 0 obj\n" % number + stream(table, about) + b"\nendobj\nstartxref\n%d\n%%%%EOF" % len(data)


def _pages(*, good: int, endless: bool) -> bytes:
    """A PDF of one page that is there so many times, with an endless one in between if asked for."""
    forms = [_form(number) for number in range(40)] if endless else []
    number = 5 + len(forms) + 1  # of the good page
    kids = [f"{number} 0 R"] * good
    kids[1:1] = ["3 0 R"] * endless
    resources = "/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>"
    page = f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 500 500]/Contents {number + 1} 0 R{resources}>>"
    tree = f"<</Type/Pages/Kids[{' '.join(kids)}]/Count {len(kids)}>>"
    text = stream(b"BT /F 20 Tf 50 50 Td (Good) Tj ET")
    more = ["null"] * good  # MuPDF refuses more pages than there are objects
    return pdf(CATALOG, tree, PAGE, stream(b"/F0 Do"), *forms, _LAST_FORM, page, text, *more)


def _packed_twice(data: bytes) -> bytes:
    return zlib.compress(zlib.compress(data, 9), 9)


_LAST_FORM = stream(b"0 0 9 9 re f", "/Type/XObject/Subtype/Form/BBox[0 0 500 500]")
_OBJECTS = "/Type/ObjStm/N 10000000/First 100000000/Filter/FlateDecode"
_EMPTY_PAGE = PAGE.replace("/Contents 4 0 R", "")
PDFS = {
    "page tree that is its own child.pdf": pdf(CATALOG, PAGES, "<</Type/Pages/Parent 2 0 R/Kids[2 0 R]/Count 1>>"),
    "page tree in a ring.pdf": pdf(
        CATALOG,
        "<</Type/Pages/Kids[3 0 R 3 0 R]/Count 2000000000>>",
        "<</Type/Pages/Parent 4 0 R/Kids[4 0 R 4 0 R]/Count 1000000000>>",
        "<</Type/Pages/Parent 3 0 R/Kids[3 0 R 3 0 R]/Count 1000000000>>",
    ),
    "parents in a ring.pdf": pdf(
        CATALOG, "<</Type/Pages/Kids[3 0 R]/Count 1/Parent 4 0 R>>", "<</Type/Page/Parent 2 0 R>>", "<</Parent 2 0 R>>"
    ),
    "two billion pages.pdf": pdf(CATALOG, "<</Type/Pages/Kids[3 0 R]/Count 2000000000>>", PAGE, stream(b"")),
    "forms that draw each other 2^40 times.pdf": pdf(
        CATALOG, PAGES, PAGE, stream(b"/F0 Do"), *(_form(number) for number in range(40)), _LAST_FORM
    ),
    "form that draws itself.pdf": pdf(
        CATALOG,
        PAGES,
        PAGE,
        stream(b"/F0 Do"),
        stream(b"/F0 Do", "/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</F0 5 0 R>>>>"),
    ),
    "stream of three filters.pdf": later(
        lambda: pdf(CATALOG, PAGES, PAGE, stream(_packed_twice(zeros(500 << 20)), f"/Filter[{'/FlateDecode' * 3}]"))
    ),
    "eight million objects.pdf": later(lambda: _packed_table(CATALOG, PAGES, _EMPTY_PAGE, count=8_000_000)),
    "hundred million objects.pdf": later(lambda: _packed_table(CATALOG, PAGES, _EMPTY_PAGE, count=100_000_000)),
    "ten million objects in a stream.pdf": later(
        lambda: _packed_table(CATALOG, "null", _EMPTY_PAGE, stream(zeros(100 << 20), _OBJECTS), places=((2, 4, 0),))
    ),
    "two hundred thousand pages.pdf": later(lambda: _pages(good=200_000, endless=False)),
    "an endless page among three.pdf": _pages(good=2, endless=True),
    "arrays in arrays.pdf": pdf(CATALOG, PAGES, PAGE, "[" * DEPTH + "]" * DEPTH),
    "arrays never closed.pdf": pdf("[" * DEPTH),
    "outline that is its own next.pdf": pdf(
        "<</Type/Catalog/Pages 2 0 R/Outlines 5 0 R>>",
        PAGES,
        PAGE,
        stream(b""),
        "<</First 6 0 R/Last 6 0 R/Count 1>>",
        "<</Title(x)/Parent 5 0 R/Next 6 0 R/First 6 0 R>>",
    ),
    "page of a billion points.pdf": pdf(CATALOG, PAGES, PAGE.replace("500 500", "1000000000 1000000000"), stream(b"")),
    "table of objects that follows itself.pdf": pdf(CATALOG, PAGES, PAGE, stream(b"")).replace(
        b"trailer <<", b"trailer <</Prev 9 "
    ),
    "nothing but the mark.pdf": b"%PDF-1.7\n",
}

# --- pictures ---


def _png(width: int, height: int, *, bits: int, colour: int, pixels: bytes) -> bytes:
    def part(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = part(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + part(b"IDAT", pixels) + part(b"IEND", b"")


def _tiff(width: int, height: int, *, following: int = 0) -> bytes:
    tags = ((256, width), (257, height), (258, 8), (259, 1), (262, 1), (273, 8), (277, 1), (278, height), (279, 10))
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + struct.pack("<I", following) + bytes(10)


def _webp(width: int, height: int) -> bytes:
    size = struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
    canvas = b"VP8X" + struct.pack("<I", 10) + bytes(4) + size
    lossless = b"VP8L" + struct.pack("<I", 6) + b"\x2f" + struct.pack("<I", 0x0FFF_FFFF) + b"\0"
    return b"RIFF" + struct.pack("<I", 4 + len(canvas) + len(lossless)) + b"WEBP" + canvas + lossless


def _jpeg(width: int, height: int) -> bytes:
    tables = b"\xff\xdb\0\x43\0" + bytes([1] * 64) + b"\xff\xc4\0\x14\0" + bytes([1, *[0] * 15, 0])
    frame = b"\xff\xc0\0\x0b\x08" + struct.pack(">HH", height, width) + b"\x01\x01\x11\0"
    return b"\xff\xd8" + tables + frame + b"\xff\xda\0\x08\x01\x01\0\0\x3f\0" + bytes(50) + b"\xff\xd9"


def _gif(width: int, height: int, frames: int = 1) -> bytes:
    size = struct.pack("<HH", width, height)
    frame = b",\0\0\0\0" + size + b"\0\x02\x02\x4c\x01\0"
    return b"GIF89a" + size + b"\x80\0\0" + b"\0\0\0\xff\xff\xff" + frame * frames + b";"


def _bmp(width: int, height: int) -> bytes:
    return (
        b"BM" + struct.pack("<IHHIIiiHHIIiiII", 100, 0, 0, 54, 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0) + bytes(46)
    )


def _box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", 8 + len(content)) + kind + content


_JP2_HEADER = _box(b"ihdr", struct.pack(">IIHBBBB", SIDE_PX, SIDE_PX, 3, 7, 7, 0, 0))
PICTURES = {
    "100000 x 100000.png": _png(SIDE_PX, SIDE_PX, bits=8, colour=2, pixels=zlib.compress(bytes(1000))),
    "100000 x 100000.tif": _tiff(SIDE_PX, SIDE_PX),
    "100000 x 100000.webp": _webp(SIDE_PX, SIDE_PX),
    "100000 x 100000.bmp": _bmp(SIDE_PX, SIDE_PX),
    "100000 x 100000.jp2": b"\0\0\0\x0cjP  \r\n\x87\n"
    + _box(b"ftyp", b"jp2 \0\0\0\0jp2 ")
    + _box(b"jp2h", _JP2_HEADER),
    "100000 x 100000.psd": b"8BPS\0\x01" + bytes(6) + struct.pack(">HIIHH", 3, SIDE_PX, SIDE_PX, 8, 3) + bytes(20),
    "100000 x 100000.svg": b'<svg xmlns="http://www.w3.org/2000/svg" width="100000" height="100000"><text/></svg>',
    "65535 x 65535.jpg": _jpeg(65_535, 65_535),
    "65535 x 65535.gif": _gif(65_535, 65_535),
    "65535 x 65535.ico": b"\0\0\x01\0\x01\0\0\0\0\0\x01\0\x20\0"
    + struct.pack("<II", 100, 22)
    + _bmp(65_535, 65_535)[14:],
    "400 million pixels.png": later(lambda: _png(20_000, 20_000, bits=1, colour=0, pixels=zeros(20_000 * 2_501))),
    "just within the limit.png": later(lambda: _png(10_900, 10_900, bits=8, colour=0, pixels=zeros(10_900 * 10_901))),
    "100000 frames.gif": _gif(16, 16, frames=100_000),
    "pages in a ring.tif": _tiff(8, 8, following=8),
    "negative.bmp": _bmp(-1, -(1 << 31)),
    "nothing but the mark.heic": _box(b"ftyp", b"heic\0\0\0\0mif1heic") + struct.pack(">I", 0x7FFF_FFFF) + b"meta",
    "nothing but the mark.avif": _box(b"ftyp", b"avif\0\0\0\0mif1avif") + _box(b"meta", bytes(50)),
    "nothing but the mark.jxl": b"\0\0\0\x0cJXL \r\n\x87\n" + _box(b"jxlc", b"\xff\x0a" + b"\xff" * 40),
}

# --- films and sound ---


def _boxed(content: bytes, *kinds: bytes) -> bytes:
    """`content` in boxes of these kinds, the first one outermost."""
    for kind in reversed(kinds):
        content = _box(kind, content)
    return content


_ISOM = _box(b"ftyp", b"isom\0\0\0\0isom")
_NESTED = b"".join(struct.pack(">I", 8 * number) + b"moov" for number in range(20_000, 0, -1))
_SAMPLES = struct.pack(">III", 0, 0, 0x7FFF_FFFF)
_AVI = struct.pack("<IiiHHIIiiII", 40, SIDE_PX, SIDE_PX, 1, 24, 0, 0, 0, 0, 0, 0)
FILMS = {
    "box of four gigabytes.mp4": _ISOM + struct.pack(">I", 0xFFFF_FFFF) + b"moov" + bytes(99),
    "boxes in boxes.mp4": _ISOM + _NESTED,
    "two billion samples.mov": _ISOM + _boxed(_SAMPLES, b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsz"),
    "100000 x 100000.avi": b"RIFF\xff\xff\xff\x7fAVI LIST\xff\xff\0\0hdrlstrf"
    + struct.pack("<I", 40)
    + _AVI
    + bytes(500),
    "unknown sizes.mkv": b"\x1aE\xdf\xa3\x9fB\x86\x81\x01" + b"\x18S\x80g\x01\xff\xff\xff\xff\xff\xff\xff" * 5_000,
    "tag of 256 MB.mp3": b"ID3\x04\0\0\x7f\x7f\x7f\x7fTIT2\x7f\x7f\x7f\x7f\0\0" + b"x" * 1000,
    "block of 16 MB.flac": b"fLaC" + b"\x04\xff\xff\xff" + b"\xff\xff\xff\x7f" * 100,
    "four gigabytes.wav": b"RIFF\xff\xff\xff\xffWAVEfmt \xff\xff\xff\xff" + bytes(100),
    "list of other files.mkv": b"#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:10,\nfile:///etc/passwd\nhttp://192.0.2.1/x.ts\n",
}
