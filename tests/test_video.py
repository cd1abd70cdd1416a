"""Videos: keyframes that stand for the whole, from files that may be anything."""

from functools import partial
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image
from small_documents import document_at, write_zip
from small_videos import BLACK, BLUE, GREEN, RED, SIZE, scene, turn_video, write_video

from errors import DocumentError
from extraction.video import candidates, most_telling
from extraction.views import View, ViewOptions, read_views
from extraction.workers import ExtractionPool
from models.pictures import PixelLimits, fit_picture

FIT = partial(fit_picture, limits=PixelLimits(max_px=65_536))
OPTIONS = ViewOptions(FIT, 65_536)
KINDS = [("a.mp4", "mp4v"), ("a.avi", "MJPG"), ("a.webm", "VP90"), ("a.mkv", "mp4v")]


def views_of(path, **options):
    return read_views(document_at(path), ViewOptions(FIT, 65_536, **options))


def colour_of(view):
    """The scene that is seen in the lower right corner."""
    corner = view.pixels[-8, -8].astype(int)
    return min((RED, GREEN, BLUE, BLACK), key=lambda colour: abs(corner - colour).sum())


def three_scenes(seconds_each=2):
    return [scene(colour) for colour in (RED, GREEN, BLUE) for _ in range(10 * seconds_each)]


@pytest.mark.parametrize(("name", "codec"), KINDS)
def test_video_when_it_has_three_scenes_then_each_is_seen_once_at_its_time(tmp_path, name, codec):
    write_video(tmp_path / name, three_scenes(), codec=codec)
    views = views_of(tmp_path / name)
    assert [view.page_number for view in views] == [1, 2, 3]
    assert [colour_of(view) for view in views] == [RED, GREEN, BLUE]
    assert all(2 * n <= view.second < 2 * n + 2 for n, view in enumerate(views))


def test_video_when_long_and_of_few_frames_then_keyframes_are_jumped_to(tmp_path):
    write_video(tmp_path / "a.mp4", three_scenes(seconds_each=40))
    views = views_of(tmp_path / "a.mp4")
    assert [colour_of(view) for view in views] == [RED, GREEN, BLUE]
    assert all(40 * n <= view.second < 40 * n + 40 for n, view in enumerate(views))


def test_candidates_when_only_the_first_are_drawn_then_they_are_spread_over_the_whole(tmp_path):
    write_video(tmp_path / "a.mp4", three_scenes(seconds_each=40))
    drawn = list(candidates(tmp_path / "a.mp4", OPTIONS))
    first = drawn[:8]
    assert len({view.second for view in drawn}) == 24
    assert {colour_of(view) for view in first} == {RED, GREEN, BLUE}
    assert all(8 < later.second - earlier.second < 22 for earlier, later in pairwise(first))


def test_views_when_fitted_then_have_the_size_of_the_model(tmp_path):
    write_video(tmp_path / "a.mp4", three_scenes())
    assert {view.pixels.shape for view in views_of(tmp_path / "a.mp4")} == {FIT(scene(RED)).shape}


@pytest.mark.parametrize("frame_count", [1, 2, 5])
def test_video_when_of_a_few_frames_then_is_seen(tmp_path, frame_count):
    write_video(tmp_path / "a.avi", [scene(GREEN)] * frame_count, codec="MJPG")
    assert [colour_of(view) for view in views_of(tmp_path / "a.avi")] == [GREEN]


def test_video_when_more_scenes_than_wanted_then_no_more_are_seen(tmp_path):
    rng = np.random.default_rng(0)
    scenes = [scene(tuple(rng.integers(40, 255, 3))) for _ in range(12) for _ in range(5)]
    write_video(tmp_path / "a.avi", [np.roll(frame, 7 * n, axis=0) for n, frame in enumerate(scenes)], codec="MJPG")
    assert len(views_of(tmp_path / "a.avi")) == 8
    assert len(views_of(tmp_path / "a.avi", max_frames=3)) == 3
    assert views_of(tmp_path / "a.avi", max_frames=0) == ()


def test_video_when_held_upright_then_is_seen_upright(tmp_path):
    write_video(tmp_path / "a.mp4", three_scenes())
    turn_video(tmp_path / "a.mp4")
    full_size = next(candidates(tmp_path / "a.mp4", OPTIONS)).pixels
    assert full_size.shape == (SIZE[0], SIZE[1], 3)
    assert full_size[8, -8].min() > 200  # the bright square, turned right


@pytest.mark.parametrize(("name", "codec", "share"), [("a.avi", "MJPG", 0.5), ("a.mkv", "mp4v", 0.7)])
def test_video_when_cut_short_then_what_is_there_is_seen(tmp_path, name, codec, share):
    write_video(tmp_path / name, three_scenes(), codec=codec)
    whole = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(whole[: int(len(whole) * share)])
    assert [colour_of(view) for view in views_of(tmp_path / name)] == [RED, GREEN]


def test_video_when_hardly_anything_of_it_is_left_then_its_first_frame_is_seen(tmp_path):
    path = tmp_path / "a.mkv"
    write_video(path, three_scenes(seconds_each=40))
    path.write_bytes(path.read_bytes()[:1500])
    assert [(colour_of(view), view.second) for view in views_of(path)] == [(RED, 0)]


def test_video_when_it_does_not_say_how_long_it_is_then_its_frames_are_counted(tmp_path):
    path = tmp_path / "a.mkv"
    write_video(path, three_scenes())
    before, duration, after = path.read_bytes().partition(b"\x44\x89\x88")
    assert duration
    path.write_bytes(before + b"\xec\x89" + bytes(9) + after[8:])  # an element that says nothing
    assert [colour_of(view) for view in views_of(path)] == [RED, GREEN, BLUE]


def cut_mp4(path):
    write_video(path, three_scenes())
    path.write_bytes(path.read_bytes()[:-500])  # what says where the frames are comes last


def plain_noise(path):
    path.write_bytes(b"\x00\x00\x00\x20ftypisom" + np.random.default_rng(0).bytes(20_000))


def emptied_mp4(path):
    write_video(path, three_scenes())
    before, mark, rest = path.read_bytes().partition(b"mdat")
    frames, moov, after = rest.rpartition(b"moov")
    path.write_bytes(before + mark + bytes(len(frames) - 4) + frames[-4:] + moov + after)


@pytest.mark.parametrize("write", [cut_mp4, plain_noise, emptied_mp4])
def test_video_when_damaged_then_is_a_document_error(tmp_path, write):
    write(tmp_path / "a.mp4")
    with pytest.raises(DocumentError, match=r": damaged or unsupported kind of video$"):
        views_of(tmp_path / "a.mp4")


def test_text_when_called_a_video_then_has_no_views(tmp_path):
    (tmp_path / "a.mp4").write_text("Not a film at all.\n")
    assert views_of(tmp_path / "a.mp4") == ()


def test_archive_when_called_a_video_then_has_no_views(tmp_path):
    write_zip(tmp_path / "a.mp4", {"a": "b"})
    assert views_of(tmp_path / "a.mp4") == ()


def test_pattern_when_it_is_the_name_of_a_video_then_stands_for_no_pictures(tmp_path):
    plain_noise(tmp_path / "a%01d.mp4")
    for number in range(3):
        Image.new("RGB", SIZE, "red").save(tmp_path / f"a{number}.mp4", "PNG")
    with pytest.raises(DocumentError):
        views_of(tmp_path / "a%01d.mp4")


def test_list_of_other_files_when_called_a_video_then_shows_none_of_them(tmp_path):
    write_video(tmp_path / "secret.mp4", three_scenes())
    (tmp_path / "a.mp4").write_bytes(b"ffconcat version 1.0\nfile secret.mp4\n#\0\0\0\0\n")
    with ExtractionPool() as pool:
        [(_, outcome)] = pool.views([document_at(tmp_path / "a.mp4")], OPTIONS)
    assert isinstance(outcome, DocumentError)


def view(pixels, second):
    return View(1, pixels, second)


def blurred(pixels):
    small = Image.fromarray(pixels).resize((5, 3), Image.Resampling.BOX)
    return np.asarray(small.resize((160, 96), Image.Resampling.BICUBIC))


@pytest.fixture
def noise():
    return [np.random.default_rng(n).integers(60, 255, (96, 160, 3), dtype=np.uint8) // (n + 1) for n in range(3)]


def test_most_telling_when_scenes_repeat_then_each_is_there_once_in_order_of_time(noise):
    a, b, c = noise
    kept = most_telling([view(frame, second) for second, frame in enumerate([a, b, a, c, b, a])][::-1], 8)
    assert [(one.page_number, one.second) for one in kept] == [(1, 0), (2, 1), (3, 3)]


def test_most_telling_when_one_fills_the_room_then_it_stands_in_its_place_in_time(noise):
    a, b, _ = noise
    kept = most_telling([view(frame, second) for second, frame in enumerate([b, a, a, a])], 2)
    assert [(one.page_number, one.second) for one in kept] == [(1, 0), (2, 1)]


def test_most_telling_when_some_are_black_then_they_are_left_out(noise):
    black = np.full_like(noise[0], 10)
    assert [one.second for one in most_telling([view(black, 0), view(noise[0], 1), view(black, 2)], 8)] == [1]


def test_most_telling_when_all_are_black_then_one_is_kept():
    assert len(most_telling([view(scene(BLACK), second) for second in range(5)], 8)) == 1


def test_most_telling_when_a_stretch_has_a_sharp_frame_then_it_is_taken(noise):
    a, b, _ = noise
    kept = most_telling([view(frame, second) for second, frame in enumerate([blurred(a), a, blurred(b), b])], 2)
    assert [one.second for one in kept] == [1, 3]


def test_most_telling_when_there_is_room_then_blurred_ones_do_not_fill_it(noise):
    a = noise[0]
    frames = [a, blurred(a // 2), a, blurred(255 - a)]
    assert [one.second for one in most_telling([view(f, s) for s, f in enumerate(frames)], 2)] == [0]
