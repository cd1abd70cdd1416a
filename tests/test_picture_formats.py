"""Every format of pictures: read, seen and drawn, upright, within limits, and refused where it is a trap."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms, PngImagePlugin
from small_documents import document_at
from small_pictures import (
    CORNERS,
    DAY,
    OWN_WRITERS,
    SIZE,
    TURNED_LEFT,
    WITH_EXIF,
    WITHOUT_WORDS,
    XMP,
    exif,
    fox,
    write,
    write_dng,
    write_turned,
)

from errors import DocumentError
from extraction import jpeg_xl, raw_picture, read_contents
from extraction.kinds import HEAD_BYTES, Format, kind_of
from extraction.previews import read_previews
from extraction.views import ViewOptions, read_views
from extraction.workers import ExtractionPool
from picture_hash import from_text, is_comparable

EVERY = (*WITH_EXIF, *WITHOUT_WORDS, *OWN_WRITERS)
WORDS = "A fox naps\nCamera: Nikon Z6\nLens: Z 40mm f/2\nTaken 1 May 2024"
LISBON = "38.72200, -9.13940"


def unchanged(pixels):
    return pixels


def contents_of(path):
    return read_contents(document_at(path))


def seen(path):
    [view] = read_views(document_at(path), ViewOptions(unchanged, SIZE[0] * SIZE[1]))
    return Image.fromarray(view.pixels)


def drawn(path):
    [thumbnail] = read_previews(document_at(path))
    return Image.open(io.BytesIO(thumbnail.picture)).convert("RGB")


def corners_of(picture):
    """The colours in the four corners, where they are about those of the fox."""
    small = np.asarray(picture.resize(SIZE, Image.Resampling.BOX), np.int16)
    colours = {
        (left, top): small[top + 12 : top + 20, left + 12 : left + 20].mean(axis=(0, 1)) for left, top in CORNERS
    }
    return {at: CORNERS[at] for at, colour in colours.items() if np.abs(colour - CORNERS[at]).max() < 40}


def bits_apart(one, other):
    return (from_text(one).layout ^ from_text(other).layout).bit_count()


@pytest.mark.parametrize("suffix", EVERY)
def test_picture_when_of_any_format_then_is_seen_and_drawn(tmp_path, suffix):
    write(path := tmp_path / f"fox.{suffix}")
    assert corners_of(seen(path)) == CORNERS
    assert corners_of(drawn(path)) == CORNERS


@pytest.mark.parametrize("suffix", EVERY)
def test_picture_when_of_any_format_then_has_the_hash_of_the_others(tmp_path, suffix):
    write(path := tmp_path / f"fox.{suffix}")
    write(png := tmp_path / "other.png")
    contents = contents_of(path)
    assert contents.kind == "picture"
    assert bits_apart(contents.picture_hash, contents_of(png).picture_hash) <= 3


@pytest.mark.parametrize("suffix", [*WITH_EXIF, "dng"])
def test_picture_when_a_camera_took_it_then_says_when_where_and_with_what(tmp_path, suffix):
    write(path := tmp_path / f"fox.{suffix}")
    contents = contents_of(path)
    assert [page.text for page in contents.pages] == [WORDS]
    assert contents.created == DAY
    assert contents.place == ("" if suffix == "dng" else LISBON)


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif", "avif", "heic", "dng"])
def test_picture_when_the_camera_was_turned_then_is_upright_everywhere(tmp_path, suffix):
    write_turned(path := tmp_path / f"fox.{suffix}")
    write(png := tmp_path / "other.png")
    assert corners_of(seen(path)) == CORNERS
    assert corners_of(drawn(path)) == CORNERS
    assert bits_apart(contents_of(path).picture_hash, contents_of(png).picture_hash) <= 3


@pytest.mark.parametrize("is_jpeg", [False, True])
def test_jpeg_xl_when_its_decoder_has_turned_it_then_is_not_turned_again(tmp_path, is_jpeg):
    path = tmp_path / "fox.jxl"
    if is_jpeg:  # packed again without loss; then the decoder gives the JPEG as it was
        write_turned(jpeg := tmp_path / "fox.jpg")
        Image.open(jpeg).save(path, lossless_jpeg=True)
    else:
        fox().save(path, exif=exif(TURNED_LEFT).tobytes(), quality=95)
    assert corners_of(seen(path)) == CORNERS
    assert corners_of(drawn(path)) == CORNERS


@pytest.mark.parametrize("size", [(8, 8), (256, 64), (200, 200), (300, 250), (4, 3), (1600, 900), (17, 5000), (2, 1)])
@pytest.mark.parametrize("use_container", [True, False])
def test_jpeg_xl_when_of_any_size_then_its_header_tells_it(tmp_path, size, use_container):
    Image.new("RGB", size, "teal").save(file := io.BytesIO(), "JXL", effort=1, use_container=use_container)
    assert jpeg_xl.size_of(file) == size


def test_jpeg_xl_when_in_parts_then_the_first_one_tells_its_size():
    fox().save(file := io.BytesIO(), "JXL", use_container=False)
    boxes = ((b"JXL ", b"\r\n\x87\n"), (b"ftyp", b"jxl \0\0\0\0jxl "), (b"jxlp", bytes(4) + file.getvalue()))
    packed = b"".join(struct.pack(">L4s", len(data) + 8, kind) + data for kind, data in boxes)
    assert jpeg_xl.size_of(io.BytesIO(packed)) == SIZE


def test_jpeg_xl_when_cut_off_then_is_refused_with_a_reason(tmp_path):
    write(path := tmp_path / "fox.jxl")
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(DocumentError, match="damaged or unsupported kind of picture"):
        contents_of(path)


def test_picture_when_it_needs_a_library_of_its_own_then_a_worker_loads_it(tmp_path):
    paths = [tmp_path / f"fox.{suffix}" for suffix in ("heic", "jxl", "dng")]
    for path in paths:
        write(path)
    with ExtractionPool() as pool:
        read = [contents for _, contents in pool.read(map(document_at, paths))]
    assert [contents.pages[0].text for contents in read] == [WORDS] * 3


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif", "avif", "heic", "psd"])
def test_picture_when_people_wrote_about_it_then_their_words_are_read(tmp_path, suffix):
    path = tmp_path / f"fox.{suffix}"
    if suffix in OWN_WRITERS:
        write(path)
    else:
        in_png = PngImagePlugin.PngInfo()
        in_png.add_itxt("XML:com.adobe.xmp", XMP)
        fox().save(path, xmp=XMP.encode(), tiffinfo={700: XMP.encode()}, pnginfo=in_png)
    contents = contents_of(path)
    said = "Fox report\nA fox naps\nKeywords: fox, Füchse\nPeople: Ada\nAt: Lisboa\nTaken 1 May 2024"
    assert [page.text for page in contents.pages] == [said]
    assert (contents.title, contents.created) == ("Fox report", DAY)


def test_picture_when_all_say_the_same_of_it_then_that_is_read_once(tmp_path):
    fox().save(path := tmp_path / "fox.jpg", exif=exif(), xmp=XMP.encode())
    assert contents_of(path).pages[0].text.count("A fox naps") == 1


def test_xmp_when_it_has_a_dtd_then_is_not_read(tmp_path):
    bomb = '<!DOCTYPE x [<!ENTITY a "fox">]>' + XMP.replace("A fox naps", "&a;")
    fox().save(path := tmp_path / "fox.jpg", xmp=bomb.encode())
    assert contents_of(path).pages == ()


def iptc(*fields):
    data = b"".join(b"\x1c" + struct.pack(">BBH", *name, len(value)) + value for name, value in fields)
    return b"Photoshop 3.0\x008BIM\x04\x04\0\0" + struct.pack(">L", len(data)) + data + b"\0" * (len(data) % 2)


def test_jpeg_when_an_agency_wrote_about_it_then_its_words_are_read(tmp_path):
    fields = [((2, 5), b"Fox report"), ((2, 25), b"fox"), ((2, 25), "Füchse".encode("cp1252")), ((2, 55), b"20240501")]
    fields += [((2, 60), b"123000+0200"), ((2, 80), b"Ada"), ((2, 90), b"Lisboa"), ((2, 120), b"It naps")]
    fox().save(file := io.BytesIO(), "JPEG")
    segment = iptc(*fields)
    data = b"\xff\xd8\xff\xed" + struct.pack(">H", len(segment) + 2) + segment + file.getvalue()[2:]
    (path := tmp_path / "fox.jpg").write_bytes(data)
    contents = contents_of(path)
    said = "Fox report\nIt naps\nKeywords: fox, Füchse\nAt: Lisboa\nBy: Ada\nTaken 1 May 2024"
    assert [page.text for page in contents.pages] == [said]
    assert (contents.title, contents.created) == ("Fox report", DAY)


def test_words_of_windows_when_in_a_photo_then_are_read(tmp_path):
    written = Image.Exif()
    for tag, text in {0x9C9B: "Fox report", 0x9C9C: "It naps", 0x9C9E: "fox;Füchse"}.items():
        written[tag] = (text + "\0").encode("utf-16-le")
    fox().save(path := tmp_path / "fox.jpg", exif=written)
    assert contents_of(path).pages[0].text == "Fox report\nIt naps\nKeywords: fox, Füchse"


@pytest.mark.parametrize("coding", ["utf-8", "cp1252"])
def test_exif_when_it_is_no_ascii_then_its_letters_are_read(tmp_path, coding):
    written = Image.Exif()
    written[0x010E], written[0x010F], written[0x0110] = "Füchse".encode(coding), b"NIKON CORPORATION", b"NIKON D70"
    fox().save(path := tmp_path / "fox.jpg", exif=written)
    assert contents_of(path).pages[0].text == "Füchse\nCamera: NIKON D70"


@pytest.mark.parametrize("junk", ["SONY DSC", "OLYMPUS DIGITAL CAMERA         ", "Exif_JPEG_PICTURE"])
def test_camera_when_it_describes_nothing_then_nothing_is_described(tmp_path, junk):
    written = Image.Exif()
    written[0x010E] = junk
    fox().save(path := tmp_path / "fox.jpg", exif=written)
    assert contents_of(path).pages == ()


@pytest.mark.parametrize(
    ("tags", "created"),
    [
        ({0x9003: "0000:00:00 00:00:00", 0x9004: "2024:05:01 12:30:00", 0x9012: "-05:00"}, "2024-05-01T12:30:00-05:00"),
        ({0x9003: "2024:05:01 12:30:00", 0x9011: "   :  "}, ""),
        ({}, "2025-01-02T00:00:00+01:00"),
    ],
)
def test_date_when_the_best_one_is_missing_then_is_the_next(tmp_path, tags, created):
    written = Image.Exif()
    if not tags:
        written[0x0132] = "2025:01:02 00:00:00"
    written.get_ifd(0x8769).update(tags or {0x9010: "+01:00"})
    fox().save(path := tmp_path / "fox.jpg", exif=written)
    assert contents_of(path).created == created


def test_tiff_when_of_many_pages_then_says_how_many(tmp_path):
    blank = [Image.new("RGB", SIZE)] * 2
    fox().save(path := tmp_path / "fox.tif", save_all=True, append_images=blank, description="A fox naps")
    contents = contents_of(path)
    assert contents.pages[0].text == "A fox naps\n3 pages"
    assert is_comparable(contents.picture_hash)


@pytest.mark.parametrize("mode", ["I;16", "I;16B", "I", "LAB", "CMYK", "1", "LA", "P"])
def test_picture_when_of_any_mode_then_its_dark_half_is_dark(tmp_path, mode):
    grey = np.full((400, 600), 60_000, np.uint16)
    grey[:, :300] = 10_000
    deep = {"I;16": grey, "I;16B": grey.astype(">u2"), "I": grey.astype(np.int32)}
    rgb = Image.fromarray((grey // 256).astype(np.uint8)).convert("RGB")
    profile = ImageCms.createProfile
    lab = ImageCms.profileToProfile(rgb, profile("sRGB"), profile("LAB"), outputMode="LAB")
    picture = Image.fromarray(deep[mode]) if mode in deep else lab if mode == "LAB" else rgb.convert(mode)
    assert picture.mode == mode
    picture.save(path := tmp_path / ("fox.png" if mode == "LA" else "fox.tif"))
    dark, bright = (drawn(path).resize((2, 1), Image.Resampling.BOX).convert("L").getpixel((x, 0)) for x in (0, 1))
    assert dark < 80
    assert bright > 180
    assert is_comparable(contents_of(path).picture_hash)


def test_icon_when_of_many_sizes_then_is_the_largest(tmp_path):
    fox().resize((128, 128)).save(path := tmp_path / "fox.ico", sizes=[(16, 16), (128, 128), (32, 32)])
    assert seen(path).size == (128, 128)


@pytest.mark.parametrize("suffix", ["heic", "jxl", "j2k", "qoi", "bmp"])
def test_picture_when_its_name_says_nothing_then_is_one(tmp_path, suffix):
    fox().save(path := tmp_path / f"fox.{suffix}")
    assert kind_of(tmp_path / "fox", path.read_bytes()[:HEAD_BYTES]) is Format.PICTURE


def test_portable_picture_when_it_is_text_then_is_no_text(tmp_path):
    (path := tmp_path / "fox.pgm").write_bytes(b"P2\n9 8\n255\n" + b"\n".join(b"%d" % (n % 200) for n in range(72)))
    contents = contents_of(path)
    assert (contents.kind, contents.pages, is_comparable(contents.picture_hash)) == ("picture", (), True)


def test_raw_picture_when_it_has_no_preview_then_is_developed(tmp_path, monkeypatch):
    write_dng(path := tmp_path / "fox.dng")
    monkeypatch.setattr(raw_picture, "_camera_made", lambda _: None)
    assert seen(path).size == (32, 24)
    monkeypatch.setattr(raw_picture, "MAX_DEVELOPED_PX", 64 * 48 - 1)
    assert seen(path).size == (480, 320)  # what the TIFF around it shows first


def test_raw_picture_when_it_is_none_then_is_shown_as_the_tiff_it_is(tmp_path):
    fox().save(path := tmp_path / "fox.tif")
    assert corners_of(seen(path.rename(tmp_path / "fox.nef"))) == CORNERS


@pytest.mark.parametrize("brand", [b"crx ", b"heic", b"avif", b"mif1"])
@pytest.mark.parametrize("suffix", ["cr3", "heic", "avif", "dng", "jxl"])
def test_picture_when_only_its_mark_is_whole_then_is_refused_with_a_reason(tmp_path, brand, suffix):
    (path := tmp_path / f"fox.{suffix}").write_bytes(b"\0\0\0\x18ftyp" + brand + bytes(200))
    with pytest.raises(DocumentError, match=r"damaged"):
        contents_of(path)


def png_header(width, height):
    def chunk(kind, data):
        return struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">LL5B", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


def icon_header(width, height):
    inside = png_header(width, height)
    return struct.pack("<3H4B2H2L", 0, 1, 1, 0, 0, 0, 0, 1, 32, len(inside), 22) + inside


def jpeg_xl_header(width, height):
    bits, at = 0, 0
    for value, count in ((0, 1), (2, 2), (height - 1, 18), (0, 3), (2, 2), (width - 1, 18)):
        bits, at = bits | value << at, at + count
    return b"\xff\x0a" + bits.to_bytes(16, "little") + bytes(100)


def jpeg_header(width, height, *, marker=b"\xff\xc0"):
    frame = struct.pack(">HBHHB3B", 11, 8, height, width, 1, 1, 0x11, 0)
    return b"\xff\xd8" + marker + frame + b"\xff\xda" + struct.pack(">H6B", 8, 1, 1, 0, 0, 63, 0) + bytes(100)


HUGE = {
    "png": png_header(100_000, 100_000),
    "ico": icon_header(100_000, 100_000),
    "jxl": jpeg_xl_header(100_000, 100_000),
    "psd": b"8BPS" + struct.pack(">H6xHLLHH", 1, 3, 100_000, 100_000, 8, 3) + bytes(1000),
    "qoi": b"qoif" + struct.pack(">LLBB", 100_000, 100_000, 3, 0) + bytes(1000),
    "tga": struct.pack("<3B2HB4HBB", 0, 0, 2, 0, 0, 0, 0, 0, 65_535, 65_535, 24, 0) + bytes(1000),
    "jpg": jpeg_header(65_000, 65_000),
    "jpeg": jpeg_header(19_000, 19_000, marker=b"\xff\xc2"),  # progressive
}


@pytest.mark.parametrize("use", [contents_of, seen, drawn])
@pytest.mark.parametrize("suffix", HUGE)
def test_picture_when_its_header_promises_too_many_pixels_then_is_refused(tmp_path, suffix, use):
    (path := tmp_path / f"fox.{suffix}").write_bytes(HUGE[suffix])
    with pytest.raises(DocumentError, match="too large: too many pixels"):
        use(path)


def test_jpeg_when_of_200_megapixels_then_is_read_seen_and_drawn_in_a_worker(tmp_path):
    fox().convert("L").resize((16_384, 12_288)).save(path := tmp_path / "fox.jpg", quality=30)
    document, options = document_at(path), ViewOptions(halved, 65_536)
    with ExtractionPool() as pool:
        [(_, contents)] = pool.read([document])
        [(_, [view])] = pool.views([document], options)
        [(_, [thumbnail])] = pool.thumbnails([document])
    assert is_comparable(contents.picture_hash)
    assert view.pixels.shape == (12, 16, 3)
    assert Image.open(io.BytesIO(thumbnail.picture)).size == (320, 240)


def halved(pixels):
    """Small enough to send; at the top of the module, for the worker to find."""
    return np.ascontiguousarray(pixels[:: pixels.shape[0] // 12, :: pixels.shape[1] // 16][:12, :16])
