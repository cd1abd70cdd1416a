"""Videos: keyframes that stand for the whole, from files that may be anything."""

import math
import os
import struct
import sys
from fractions import Fraction
from functools import partial
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image
from small_documents import document_at, write_zip
from small_formats import film_bytes
from small_videos import BLACK, BLUE, FRAMES_PER_SECOND, GREEN, RED, SIZE, scene, turn_video, write_video

from errors import DocumentError
from extraction import video
from extraction.video import candidates, most_telling
from extraction.views import View, ViewOptions, read_views
from extraction.workers import ExtractionPool
from models.pictures import PixelLimits, fit_picture

FIT = partial(fit_picture, limits=PixelLimits(max_px=65_536))
OPTIONS = ViewOptions(FIT, 65_536)
KINDS = {
    "a.mp4": "libx264",
    "b.mp4": "libsvtav1",
    "c.mp4": "libx265",
    "a.mov": "mpeg4",
    "a.mkv": "libx264",
    "a.webm": "libvpx-vp9",
    "a.avi": "mpeg4",
    "b.avi": "mjpeg",
    "a.mpg": "mpeg2video",
    "a.wmv": "wmv2",
    "a.m2ts": "libx264",
}
TOO_LARGE = ("damaged or unsupported kind of video", "too large: too many pixels")
ONE_KEYFRAME = {"g": "9999", "preset": "ultrafast", "sc_threshold": "0"}


def views_of(path, **options):
    return read_views(document_at(path), ViewOptions(FIT, 65_536, **options))


def colour_of(view):
    """The scene that is seen in the lower right corner."""
    corner = view.pixels[-8, -8].astype(int)
    return min((RED, GREEN, BLUE, BLACK), key=lambda colour: abs(corner - colour).sum())


def three_scenes(seconds_each=2, rate=FRAMES_PER_SECOND):
    return [scene(colour) for colour in (RED, GREEN, BLUE) for _ in range(rate * seconds_each)]


def textures(count, frames_each=10):
    """Scenes that have hardly a colour in common."""
    rng = np.random.default_rng(0)
    colours = [(r, g, b) for r in (20, 130, 240) for g in (60, 190) for b in (40, 150, 250)]
    for colour in colours[:count]:
        grain = rng.integers(-9, 9, (SIZE[1], SIZE[0], 1))
        yield from [(np.array(colour) + grain).clip(0, 255).astype(np.uint8)] * frames_each


@pytest.mark.parametrize("name", KINDS)
def test_video_when_of_any_kind_then_each_scene_is_seen_once_at_its_time(tmp_path, name):
    rate = 25 if name == "a.mpg" else FRAMES_PER_SECOND
    write_video(tmp_path / name, three_scenes(rate=rate), codec=KINDS[name], rate=rate)
    views = views_of(tmp_path / name)
    assert [view.page_number for view in views] == [1, 2, 3]
    assert [colour_of(view) for view in views] == [RED, GREEN, BLUE]
    assert all(2 * n <= view.second < 2 * n + 2 for n, view in enumerate(views))


def test_video_when_long_then_keyframes_are_jumped_to(tmp_path):
    write_video(tmp_path / "a.mp4", three_scenes(seconds_each=40))
    views = views_of(tmp_path / "a.mp4")
    assert [colour_of(view) for view in views] == [RED, GREEN, BLUE]
    assert all(40 * n <= view.second < 40 * n + 40 for n, view in enumerate(views))


@pytest.mark.parametrize("name", ["a.mp4", "a.m2ts"])
def test_video_when_it_has_one_keyframe_only_then_what_follows_is_seen_too(tmp_path, name):
    write_video(tmp_path / name, three_scenes(seconds_each=8), codec="libx264", options=ONE_KEYFRAME)
    views = views_of(tmp_path / name)
    assert len(list(candidates(tmp_path / name, OPTIONS))) <= 53
    assert [colour_of(view) for view in views] == [RED, GREEN, BLUE]
    assert all(8 * n <= view.second < 8 * n + 8 for n, view in enumerate(views))


def test_video_when_keyframes_are_rare_then_time_is_shared_between_them(tmp_path, monkeypatch):
    monkeypatch.setattr(video, "_MOST_READ_PX", 60 * SIZE[0] * SIZE[1])
    rare = {"g": "400", "preset": "ultrafast", "sc_threshold": "0"}
    scenes = [RED] * 10 + [GREEN] * 390 + [BLUE] * 10 + [BLACK] * 10
    write_video(tmp_path / "a.mp4", [scene(colour) for colour in scenes], codec="libx264", options=rare)
    assert [colour_of(view) for view in views_of(tmp_path / "a.mp4")] == [RED, GREEN, BLUE]


@pytest.mark.parametrize("name", ["a.mkv", "a.mp4", "a.m2ts"])
def test_frames_when_they_can_be_counted_then_have_their_exact_second(tmp_path, name):
    frames = [frame for count in range(12) for frame in [scene((20 * count, 20, 120))] * 10]
    late = {"output_ts_offset": "100"} if name == "a.m2ts" else {}  # as broadcasts are: players begin at 0 all the same
    write_video(tmp_path / name, frames, codec="libx264", container_options=late)
    seconds = {view.second for view in candidates(tmp_path / name, OPTIONS)}
    assert seconds <= {float(second) for second in range(12)}
    assert len(seconds) > 10


def test_candidates_when_only_the_first_are_drawn_then_they_are_spread_over_the_whole(tmp_path):
    write_video(tmp_path / "a.mp4", three_scenes(seconds_each=40))
    drawn = list(candidates(tmp_path / "a.mp4", OPTIONS))
    first = drawn[:16]
    assert len({view.second for view in drawn}) == len(drawn) == 48
    assert {colour_of(view) for view in first} == {RED, GREEN, BLUE}
    assert all(6 < later.second - earlier.second < 9 for earlier, later in pairwise(first))


def test_views_when_fitted_then_have_the_size_of_the_model(tmp_path):
    write_video(tmp_path / "a.mp4", three_scenes())
    assert {view.pixels.shape for view in views_of(tmp_path / "a.mp4")} == {FIT(scene(RED)).shape}


@pytest.mark.parametrize("frame_count", [1, 2, 5])
def test_video_when_of_a_few_frames_then_is_seen(tmp_path, frame_count):
    write_video(tmp_path / "a.avi", [scene(GREEN)] * frame_count, codec="mjpeg")
    assert [colour_of(view) for view in views_of(tmp_path / "a.avi")] == [GREEN]


@pytest.mark.parametrize(("scenes", "seen"), [(1, 1), (5, 5), (12, 12), (18, 16)])
def test_video_when_of_different_scenes_then_each_is_seen_up_to_sixteen(tmp_path, scenes, seen):
    write_video(tmp_path / "a.mp4", list(textures(scenes)), codec="libx264")
    views = views_of(tmp_path / "a.mp4")
    assert len(views) == len({int(view.second) for view in views}) == seen


def test_video_when_only_the_camera_moves_then_no_more_than_eight_are_seen(tmp_path):
    still = np.concatenate(list(textures(9, 1)), axis=1)[:, ::9]
    write_video(tmp_path / "a.mp4", [np.roll(still, 8 * count, axis=1) for count in range(20) for _ in range(10)])
    assert len(views_of(tmp_path / "a.mp4")) == 8


def test_video_when_fewer_frames_are_wanted_then_no_more_are_seen(tmp_path):
    write_video(tmp_path / "a.mp4", list(textures(12)), codec="libx264")
    assert len(views_of(tmp_path / "a.mp4", max_frames=3)) == 3
    assert views_of(tmp_path / "a.mp4", max_frames=0) == ()


def test_video_when_held_upright_then_is_seen_upright(tmp_path):
    write_video(tmp_path / "a.mp4", three_scenes())
    turn_video(tmp_path / "a.mp4")
    full_size = next(candidates(tmp_path / "a.mp4", OPTIONS)).pixels
    assert full_size.shape == (SIZE[0], SIZE[1], 3)
    assert full_size[8, -8].min() > 200  # the bright square, turned right


def test_video_when_its_pixels_are_wide_then_is_seen_as_wide(tmp_path):
    write_video(tmp_path / "a.mp4", three_scenes(), codec="libx264", pixel_shape=Fraction(3, 2))
    assert next(candidates(tmp_path / "a.mp4", OPTIONS)).pixels.shape == (SIZE[1], SIZE[0] * 3 // 2, 3)


def test_video_when_it_is_sound_only_then_nothing_is_seen(tmp_path):
    (tmp_path / "a.mp4").write_bytes(film_bytes())
    assert views_of(tmp_path / "a.mp4") == ()


@pytest.mark.parametrize(("name", "codec", "share"), [("a.avi", "mjpeg", 0.5), ("a.mkv", "mpeg4", 0.7)])
def test_video_when_cut_short_then_what_is_there_is_seen(tmp_path, name, codec, share):
    write_video(tmp_path / name, three_scenes(), codec=codec)
    whole = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(whole[: int(len(whole) * share)])
    assert [colour_of(view) for view in views_of(tmp_path / name)] == [RED, GREEN]


def test_video_when_a_part_of_it_is_lost_then_the_others_are_seen(tmp_path):
    path = tmp_path / "a.mp4"
    write_video(path, three_scenes(seconds_each=8), codec="libx264")
    data = path.read_bytes()
    third = data.index(b"moov") // 3
    path.write_bytes(data[:third] + np.random.default_rng(0).bytes(third) + data[2 * third :])
    assert {RED, BLUE} <= {colour_of(view) for view in views_of(path)}


def test_video_when_hardly_anything_of_it_is_left_then_its_first_frame_is_seen(tmp_path):
    path = tmp_path / "a.mkv"
    write_video(path, three_scenes(seconds_each=40))
    path.write_bytes(path.read_bytes()[:1500])
    assert [(colour_of(view), view.second) for view in views_of(path)] == [(RED, 0)]


@pytest.mark.parametrize("seconds", [0.0, 0.5, 1e7, -5.0, math.inf, math.nan])
def test_video_when_it_lies_about_its_length_then_all_of_it_is_seen(tmp_path, seconds):
    path = tmp_path / "a.mkv"
    write_video(path, three_scenes(seconds_each=4))
    before, duration, after = path.read_bytes().partition(b"\x44\x89\x88")
    path.write_bytes(before + duration + struct.pack(">d", 1000 * seconds) + after[8:])
    assert [colour_of(view) for view in views_of(path)] == [RED, GREEN, BLUE]


def test_video_when_it_does_not_say_how_long_it_is_then_all_of_it_is_seen(tmp_path):
    path = tmp_path / "a.mkv"
    write_video(path, three_scenes(seconds_each=4))
    before, duration, after = path.read_bytes().partition(b"\x44\x89\x88")
    assert duration
    path.write_bytes(before + b"\xec\x89" + bytes(9) + after[8:])  # an element that says nothing
    assert [colour_of(view) for view in views_of(path)] == [RED, GREEN, BLUE]


def cut_mp4(path):
    write_video(path, three_scenes())
    path.write_bytes(path.read_bytes().partition(b"moov")[0])  # what says where the frames are


def plain_noise(path):
    path.write_bytes(b"\x00\x00\x00\x20ftypisom" + np.random.default_rng(0).bytes(20_000))


def emptied_mp4(path):
    write_video(path, three_scenes())
    before, mark, rest = path.read_bytes().partition(b"mdat")
    frames, moov, after = rest.rpartition(b"moov")
    path.write_bytes(before + mark + bytes(len(frames) - 4) + frames[-4:] + moov + after)


def without_frames(path):
    write_video(path.with_suffix(".mkv"), [])
    path.with_suffix(".mkv").rename(path)


@pytest.mark.parametrize("write", [cut_mp4, plain_noise, emptied_mp4, without_frames])
def test_video_when_damaged_then_is_a_document_error(tmp_path, write):
    write(tmp_path / "a.mp4")
    with pytest.raises(DocumentError, match=r": damaged or unsupported kind of video$"):
        views_of(tmp_path / "a.mp4")


def test_video_when_it_has_too_many_pixels_then_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(video, "LIMIT_PX", SIZE[0] * SIZE[1] - 1)
    write_video(tmp_path / "a.mp4", three_scenes())
    with pytest.raises(DocumentError, match=r": too large: too many pixels$"):
        views_of(tmp_path / "a.mp4")


@pytest.mark.parametrize("codec", ["mpeg4", "mjpeg", "rawvideo"])
def test_video_when_its_header_promises_a_huge_picture_then_no_memory_is_taken(tmp_path, codec):
    path = tmp_path / "a.avi"
    write_video(path, three_scenes(), codec=codec)
    path.write_bytes(path.read_bytes().replace(struct.pack("<LL", *SIZE), struct.pack("<LL", 100_000, 100_000)))
    with ExtractionPool() as pool:
        [(_, outcome)] = pool.views([document_at(path)], OPTIONS)
    refused = isinstance(outcome, DocumentError) and outcome.reason in TOO_LARGE
    assert refused or [colour_of(view) for view in outcome] == [RED, GREEN, BLUE]  # the frames themselves know better


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


def test_most_telling_when_one_is_a_little_blurred_then_the_sharp_one_is_taken(noise):
    soft = (noise[0] // 2 + blurred(noise[0]) // 2).astype(np.uint8)
    assert [one.second for one in most_telling([view(soft, 0), view(noise[0], 1), view(soft, 2)], 2)] == [1]


def test_most_telling_when_only_one_is_wanted_then_it_is_the_most_ordinary(noise):
    frames = [noise[2], *(np.clip(noise[0].astype(int) + 12 * step, 0, 255).astype(np.uint8) for step in range(3))]
    assert [one.second for one in most_telling([view(f, s) for s, f in enumerate(frames)], 1)] == [2]


def test_most_telling_when_there_is_room_then_blurred_ones_do_not_fill_it(noise):
    a = noise[0]
    frames = [a, blurred(a // 2), a, blurred(255 - a)]
    assert [one.second for one in most_telling([view(f, s) for s, f in enumerate(frames)], 2)] == [0]


def fit_to_threads(pixels):
    """Runs in the worker and says in its pixels how many threads there are."""
    return np.full((32, 32, 3), len(os.listdir("/proc/self/task")), np.uint8)


@pytest.mark.skipif(sys.platform != "linux", reason="there is no such folder elsewhere")
@pytest.mark.parametrize("codec", ["libx264", "libsvtav1", "libvpx-vp9"])
def test_video_when_seen_by_a_worker_then_in_one_thread(tmp_path, codec):
    write_video(tmp_path / "a.mkv", three_scenes(), codec=codec)
    with ExtractionPool() as pool:
        [(_, views)] = pool.views([document_at(tmp_path / "a.mkv")], ViewOptions(fit_to_threads, 65_536))
    assert {int(view.pixels.max()) for view in views} == {1}
