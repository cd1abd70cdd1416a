"""A fox in every format of pictures: a red, a green, a blue and a yellow corner around a gradient, and who took it."""

import io
import struct
from collections.abc import Sequence
from pathlib import Path

import pillow_heif
import pillow_jxl.JpegXLImagePlugin  # noqa: F401  - has Pillow write it
from PIL import Image

ORIENTATION, TURNED_LEFT = 0x0112, 6  # to be shown turned right
SIZE = (192, 128)
CORNERS = {(0, 0): (220, 30, 30), (160, 0): (30, 160, 30), (0, 96): (30, 30, 220), (160, 96): (230, 220, 40)}
DAY = "2024-05-01T12:30:00+02:00"
XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"'
    ' xmlns:xmp="http://ns.adobe.com/xap/1.0/" photoshop:City="Lisboa" xmp:CreateDate="2024-05-01T12:30:00+02:00">'
    '<dc:title><rdf:Alt><rdf:li xml:lang="x-default">Fox report</rdf:li><rdf:li xml:lang="de">Fuchs</rdf:li></rdf:Alt>'
    "</dc:title><dc:description><rdf:Alt><rdf:li>A fox naps</rdf:li></rdf:Alt></dc:description>"
    "<dc:subject><rdf:Bag><rdf:li>fox</rdf:li><rdf:li>Füchse</rdf:li></rdf:Bag></dc:subject>"
    '<mwg:Regions xmlns:mwg="http://www.metadataworkinggroup.com/schemas/regions/"><rdf:Bag>'
    '<rdf:li><rdf:Description mwg:Name="Ada"/></rdf:li></rdf:Bag></mwg:Regions>'
    "</rdf:Description></rdf:RDF></x:xmpmeta>"
)

pillow_heif.register_heif_opener()


def fox() -> Image.Image:
    picture = Image.linear_gradient("L").resize(SIZE).rotate(30).convert("RGB")
    for (left, top), colour in CORNERS.items():
        picture.paste(colour, (left, top, left + 32, top + 32))
    return picture


def exif(orientation: int = 1) -> Image.Exif:
    """Taken in Lisbon; `orientation` says how it is to be turned."""
    written = Image.Exif()
    written[0x010E], written[0x010F], written[0x0110], written[ORIENTATION] = (
        "A fox naps",
        "Nikon",
        "Nikon Z6",
        orientation,
    )
    written.get_ifd(0x8769).update({0x9003: "2024:05:01 12:30:00", 0x9011: "+02:00", 0xA434: "Z 40mm f/2"})
    written.get_ifd(0x8825).update({1: "N", 2: (38.0, 43.0, 19.2), 3: "W", 4: (9.0, 8.0, 21.84)})
    return written


def write_turned(path: Path) -> None:
    """The fox as a camera keeps it that was held upright: on its side, with a note which way up it is."""
    turned, written = fox().transpose(Image.Transpose.ROTATE_90), exif(TURNED_LEFT).tobytes()
    if path.suffix == ".dng":
        write_dng(path, turned, orientation=TURNED_LEFT)
    elif path.suffix == ".heic":  # where EXIF does not count: its writer takes it from there to where it does
        turned.info["exif"] = written
        turned.save(path, quality=95)
    elif path.suffix == ".tif":
        turned.save(path, exif=written)
    else:
        turned.save(path, exif=written, quality=95)


def write_psd(path: Path) -> None:
    """As Photoshop does with "maximise compatibility": the picture behind no layers."""
    picture = fox()
    resource = b"8BIM" + struct.pack(">H2xL", 1060, len(XMP.encode())) + XMP.encode() + b"\0" * (len(XMP.encode()) % 2)
    header = b"8BPS" + struct.pack(">H6xHLLHH", 1, 3, picture.height, picture.width, 8, 3)
    sections = struct.pack(">L", 0) + struct.pack(">L", len(resource)) + resource + struct.pack(">LH", 0, 0)
    path.write_bytes(header + sections + b"".join(band.tobytes() for band in picture.split()))


_Entry = tuple[int, int, bytes | Sequence[int]]  # tag, type, value
_TIFF_TYPES = {3: "H", 4: "L"}


def write_dng(path: Path, picture: Image.Image | None = None, *, orientation: int = 1) -> None:
    """A raw picture of 64 x 48 noisy pixels, and the camera's own JPEG of it."""
    encoded = io.BytesIO()
    (picture or fox()).resize((480, 320) if picture is None or picture.width > picture.height else (320, 480)).save(
        encoded, "JPEG", quality=95
    )
    preview, raw = encoded.getvalue(), bytes(number * 37 % 251 for number in range(64 * 48 * 2))
    raw_at = 8 + len(preview)
    sub_at = raw_at + len(raw)
    sub: list[_Entry] = [
        *((254, 4, [0]), (256, 4, [64]), (257, 4, [48]), (258, 3, [16]), (259, 3, [1]), (262, 3, [32803])),
        *((273, 4, [raw_at]), (277, 3, [1]), (278, 4, [48]), (279, 4, [len(raw)]), (33421, 3, [2, 2])),
        *((33422, 1, bytes([0, 1, 1, 2])), (50717, 4, [65535])),
    ]
    sub_ifd = _ifd(sub, sub_at)
    details_at = sub_at + len(sub_ifd)
    details = [(36867, 2, b"2024:05:01 12:30:00\0"), (0x9011, 2, b"+02:00\0"), (0xA434, 2, b"Z 40mm f/2\0")]
    details_ifd = _ifd(details, details_at)
    main_at = details_at + len(details_ifd)
    main: list[_Entry] = [
        *((254, 4, [1]), (256, 4, [480]), (257, 4, [320]), (258, 3, [8, 8, 8]), (259, 3, [7]), (262, 3, [6])),
        *((270, 2, b"A fox naps\0"), (271, 2, b"Nikon\0"), (272, 2, b"Nikon Z6\0"), (273, 4, [8])),
        *((274, 3, [orientation]), (277, 3, [3]), (278, 4, [320]), (279, 4, [len(preview)]), (330, 4, [sub_at])),
        *((34665, 4, [details_at]), (50706, 1, bytes([1, 4, 0, 0])), (50708, 2, b"Nikon Z6\0")),
    ]
    header = b"II*\0" + struct.pack("<L", main_at)
    path.write_bytes(header + preview + raw + sub_ifd + details_ifd + _ifd(main, main_at))


def _ifd(entries: Sequence[_Entry], at: int) -> bytes:
    """A directory of a TIFF that will stand at `at`, and the values that do not fit into it."""
    values_at = at + 2 + 12 * len(entries) + 4
    table, values = struct.pack("<H", len(entries)), b""
    for tag, kind, value in entries:
        data = value if isinstance(value, bytes) else struct.pack(f"<{len(value)}{_TIFF_TYPES[kind]}", *value)
        place = data.ljust(4, b"\0") if len(data) <= 4 else struct.pack("<L", values_at + len(values))
        table += struct.pack("<HHL", tag, kind, len(value)) + place
        values += data if len(data) > 4 else b""
    return table + bytes(4) + values


def write(path: Path) -> None:
    """The fox in the format that the name promises, with all that this format has room for."""
    suffix = path.suffix[1:]
    if suffix in OWN_WRITERS:
        OWN_WRITERS[suffix](path)
    elif suffix in WITH_EXIF:
        fox().save(path, exif=exif().tobytes(), quality=95)
    else:
        fox().save(path)


OWN_WRITERS = {"psd": write_psd, "dng": write_dng}
WITH_EXIF = ("jpg", "png", "webp", "tif", "avif", "heic", "jxl")
WITHOUT_WORDS = ("gif", "bmp", "dib", "jp2", "j2k", "ico", "ppm", "pnm", "qoi", "pcx", "tga")
