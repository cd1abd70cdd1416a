"""Pictures drawn from shapes, and the two JPEGs made from one of them."""

import io
import random
from collections.abc import Callable

from PIL import ExifTags, Image, ImageDraw, ImageFont

Colour = tuple[int, int, int]
Picture = Image.Image


def beach() -> Picture:
    """Sun over the sea, its glitter on the water, sand with a parasol."""
    picture = _gradient((1200, 800), (70, 60, 130), (255, 170, 90))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((520, 330, 680, 490), fill=(255, 236, 170))
    draw.rectangle((0, 420, 1200, 620), fill=(60, 88, 140))
    dice = random.Random(1)  # always the same drawing
    for _ in range(160):
        y = dice.randint(424, 616)
        x = int(dice.gauss(600, 30 + (y - 420) / 2))
        draw.line((x - 14, y, x + 14, y), fill=(255, 205, 130), width=3)
    draw.polygon([(0, 620), (1200, 590), (1200, 800), (0, 800)], fill=(226, 190, 140))
    draw.line((240, 760, 300, 500), fill=(90, 60, 40), width=8)
    draw.pieslice((160, 420, 430, 620), 190, 355, fill=(200, 50, 60))
    return picture


def lake() -> Picture:
    """Snow-capped mountains over a lake, with yellow larches on the shore."""
    picture = _gradient((960, 640), (120, 170, 220), (225, 235, 240))
    draw = ImageDraw.Draw(picture)
    for left, peak, right in ((-100, (180, 120), 480), (300, (560, 60), 840), (620, (860, 170), 1100)):
        draw.polygon([(left, 400), peak, (right, 400)], fill=(96, 104, 120))
        x, y = peak
        draw.polygon(
            [(x - 60, y + 70), peak, (x + 60, y + 70), (x + 20, y + 55), (x - 15, y + 80)], fill=(250, 250, 252)
        )
    draw.rectangle((0, 400, 960, 640), fill=(44, 98, 120))
    dice = random.Random(2)
    for x in range(0, 960, 24):
        height = dice.randint(40, 100)
        draw.polygon([(x, 410), (x + 12, 410 - height), (x + 24, 410)], fill=(214, 150 + dice.randint(0, 40), 40))
    return picture


def bicycle() -> Picture:
    """A red bicycle beside a canal."""
    picture = _gradient((800, 600), (200, 220, 235), (235, 235, 225))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 330, 800, 430), fill=(80, 120, 110))
    draw.rectangle((0, 430, 800, 600), fill=(150, 140, 130))
    for x in (250, 530):
        draw.ellipse((x - 90, 350, x + 90, 530), outline=(30, 30, 30), width=8)
    for line in (
        (250, 440, 360, 320),
        (360, 320, 500, 320),
        (500, 320, 390, 440),
        (390, 440, 250, 440),
        (360, 320, 390, 440),
    ):
        draw.line(line, fill=(200, 30, 40), width=12)
    draw.line((530, 440, 490, 270, 540, 260), fill=(200, 30, 40), width=10)
    draw.line((330, 300, 390, 300), fill=(40, 30, 30), width=14)
    return picture


def receipt() -> Picture:
    """A till receipt as a telephone camera sees it, for reading words in pictures."""
    picture = Image.new("RGB", (640, 900), (96, 84, 72))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((90, 40, 550, 860), fill=(248, 246, 240))
    lines = (
        "IRONMONGER HALE",
        "Castle Street 3",
        "",
        "Hammer           18.90",
        "Wood screws       4.20",
        "Sandpaper         2.75",
    )
    lines += ("", "TOTAL            25.85", "Paid by card", "", "2 MAY 2024   11:37", "Exchange in 14 days")
    for number, line in enumerate(lines):
        draw.text((120, 90 + number * 58), line, fill=(30, 30, 30), font=ImageFont.load_default(size=32))
    return picture.rotate(2, resample=Image.Resampling.BICUBIC, fillcolor=(96, 84, 72))


def floor_plan() -> Picture:
    """Black lines on white, as a scanner gives it, in shades of grey."""
    picture = Image.new("L", (900, 600), 255)
    draw = ImageDraw.Draw(picture)
    for room in ((60, 60, 420, 300), (420, 60, 840, 300), (60, 300, 300, 540), (300, 300, 840, 540)):
        draw.rectangle(room, outline=0, width=6)
    for place, name in (
        ((200, 160), "bedroom"),
        ((580, 160), "kitchen"),
        ((130, 400), "bath"),
        ((500, 400), "living room"),
    ):
        draw.text(place, name, fill=0, font=ImageFont.load_default(size=28))
    return picture


def png(draw: Callable[[], Picture]) -> bytes:
    return _saved(draw(), "PNG", optimize=True)


def webp(draw: Callable[[], Picture]) -> bytes:
    return _saved(draw(), "WEBP", quality=80)


def photograph(draw: Callable[[], Picture], *, taken: str, latitude: float, longitude: float) -> bytes:
    """A JPEG as a camera writes it; `taken` is "2023:08:12 20:41:07", north and east are positive."""
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Lumen"
    exif[ExifTags.Base.Model] = "Pocket 4"
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = taken
    exif.get_ifd(ExifTags.IFD.GPSInfo).update(
        {
            ExifTags.GPS.GPSLatitudeRef: "N" if latitude >= 0 else "S",
            ExifTags.GPS.GPSLatitude: _degrees(latitude),
            ExifTags.GPS.GPSLongitudeRef: "E" if longitude >= 0 else "W",
            ExifTags.GPS.GPSLongitude: _degrees(longitude),
        }
    )
    return _saved(draw(), "JPEG", quality=88, exif=exif)


def near_copy(draw: Callable[[], Picture], *, width_px: int) -> bytes:
    """The same picture after a messenger had it: smaller, compressed hard, no EXIF."""
    picture = draw()
    height_px = round(picture.height * width_px / picture.width)
    return _saved(picture.resize((width_px, height_px), Image.Resampling.LANCZOS), "JPEG", quality=45)


def _saved(picture: Picture, form: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, form, **options)
    return buffer.getvalue()


def _gradient(size: tuple[int, int], top: Colour, bottom: Colour) -> Picture:
    fade = Image.linear_gradient("L").resize(size)
    return Image.composite(Image.new("RGB", size, bottom), Image.new("RGB", size, top), fade)


def _degrees(angle: float) -> tuple[float, float, float]:
    minutes, seconds = divmod(round(abs(angle) * 3600, 2), 60)
    degrees, minutes = divmod(minutes, 60)
    return degrees, minutes, round(seconds, 2)
