import numpy as np
import pytest
from PIL import Image

from errors import ModelFailed
from extraction.page_views import rgb_pixels
from models.pictures import PixelLimits, fit_frames, fit_picture, fitted_size, frames_to_show
from tests.parity import EMBEDDING, input_of, pixels_of

ORIENTATION, TURNED_LEFT = 0x0112, 6
PICTURES = [name for name, case in EMBEDDING.items() if "image" in case]
VIDEOS = [name for name, case in EMBEDDING.items() if "video" in case]


def blank(width, height):
    return np.zeros((height, width, 3), np.uint8)


@pytest.mark.parametrize("name", PICTURES)
def test_fit_picture_when_in_the_parity_set_then_has_the_official_patches(name):
    grids = [
        (1, *(side // 16 for side in fit_picture(picture).shape[:2])) for picture in input_of(EMBEDDING[name]).pictures
    ]
    assert grids == [tuple(grid) for grid in EMBEDDING[name]["grid_thw"]]


@pytest.mark.parametrize("name", VIDEOS)
def test_fit_frames_when_in_the_parity_set_then_has_the_official_patches(name):
    frames = fit_frames(input_of(EMBEDDING[name]).videos[0].frames)
    height, width, _ = frames[0].shape
    assert [[len(frames) // 2, height // 16, width // 16]] == EMBEDDING[name]["grid_thw"]


@pytest.mark.parametrize(
    ("original", "fitted"),
    [
        ((1, 1), (64, 64)),  # enlarged to four tokens
        ((50, 50), (64, 64)),
        ((48, 80), (64, 64)),  # halves are rounded to even, as Python does: 1.5 and 2.5 are both 2
        ((333, 217), (320, 224)),
        ((1920, 1080), (1792, 992)),  # shrunk to 1,736 tokens
        ((4000, 20), (4000, 32)),
        ((6000, 30), (6016, 32)),
    ],
)
def test_fitted_size_when_limits_are_official_then_is_the_official_one(original, fitted):
    assert fitted_size(*original, PixelLimits()) == fitted


@pytest.mark.parametrize(("original", "fitted"), [((4000, 20), (2048, 32)), ((20, 4000), (32, 2048))])
def test_fitted_size_when_a_strip_meets_a_small_budget_then_keeps_one_token_of_height(original, fitted):
    assert fitted_size(*original, PixelLimits(max_px=64 * 1024)) == fitted


@pytest.mark.parametrize("budget_tokens", [64, 256, 1280])
@pytest.mark.parametrize("original", [(1, 1), (640, 480), (6000, 4000), (200, 1), (10000, 51)])
def test_fitted_size_when_budget_is_set_then_keeps_it(original, budget_tokens):
    width, height = fitted_size(*original, PixelLimits(max_px=budget_tokens * 1024))
    assert 4 <= width * height / 1024 <= budget_tokens


@pytest.mark.parametrize("original", [(201, 1), (1, 201), (4021, 20)])
def test_fitted_size_when_too_long_and_narrow_then_refuses(original):
    with pytest.raises(ModelFailed, match="long and narrow"):
        fitted_size(*original, PixelLimits())


@pytest.mark.parametrize(
    "pixels",
    [blank(0, 5), np.zeros((5, 5), np.uint8), np.zeros((5, 5, 4), np.uint8), np.zeros((5, 5, 3), np.float32)],
)
def test_fit_picture_when_not_rgb_bytes_then_refuses(pixels):
    with pytest.raises(ModelFailed, match="Not a picture"):
        fit_picture(pixels)


def test_fit_picture_when_size_is_right_already_then_changes_no_pixel():
    picture = pixels_of("inputs/picture_256x256.png")
    assert (fit_picture(picture) == picture).all()


def test_fit_frames_when_count_is_odd_then_shows_the_last_twice():
    frames = [np.full((128, 128, 3), value, np.uint8) for value in (10, 20, 30)]
    assert [int(frame.flat[0]) for frame in fit_frames(frames)] == [10, 20, 30, 30]


def test_frames_to_show_when_many_then_64_from_first_to_last():
    shown = frames_to_show(1000)
    assert (len(shown), shown[0], shown[-1]) == (64, 0, 999)


def test_fit_frames_when_many_then_all_share_the_budget_of_one_video():
    frames = fit_frames([blank(1280, 720)] * 64)
    assert len(frames) // 2 * frames[0].shape[0] * frames[0].shape[1] <= 7680 * 1024


@pytest.mark.parametrize("frames", [[], [blank(64, 64), blank(64, 96)], [blank(900, 3)] * 2])
def test_fit_frames_when_they_cannot_be_one_video_then_refuses(frames):
    with pytest.raises(ModelFailed):
        fit_frames(frames)


def test_rgb_pixels_when_exif_turns_the_picture_then_it_is_upright():
    image = Image.fromarray(pixels_of("inputs/picture_217x333.png")).transpose(Image.Transpose.ROTATE_90)
    image.getexif()[ORIENTATION] = TURNED_LEFT
    assert (rgb_pixels(image) == pixels_of("inputs/picture_217x333.png")).all()


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA"])
def test_rgb_pixels_when_transparent_then_stands_on_white(mode):
    image = Image.new("RGBA", (2, 1), (0, 0, 0, 0))
    image.putpixel((1, 0), (0, 0, 0, 255))
    assert rgb_pixels(image.convert(mode)).tolist() == [[[255] * 3, [0] * 3]]


def test_rgb_pixels_when_palette_has_a_transparent_colour_then_stands_on_white():
    image = Image.new("P", (2, 1))
    image.putpalette([0, 0, 0, 200, 0, 0])
    image.putpixel((1, 0), 1)
    image.info["transparency"] = 0
    assert rgb_pixels(image).tolist() == [[[255] * 3, [200, 0, 0]]]


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "YCbCr", "HSV", "LAB", "F"])
def test_rgb_pixels_when_mode_is_another_then_gives_rgb_bytes(mode):
    pixels = rgb_pixels(Image.new(mode, (3, 2)))
    assert (pixels.shape, pixels.dtype) == ((2, 3, 3), np.uint8)


def test_rgb_pixels_when_grey_has_16_bits_then_is_not_all_white():
    image = Image.fromarray(np.array([[0, 0x7F00, 0xFFFF]], np.uint16))
    assert rgb_pixels(image)[0, :, 0].tolist() == [0, 127, 255]
