"""What the window shows where a file is not there, or cannot be drawn: the thumbnails that the index keeps."""

from io import BytesIO

import msgspec
import pytest
from PIL import Image
from small_documents import encoded, write_pdf

from corpus import Thumbnail
from index_store import read_index
from index_store.thumbnails import writing
from tests.index_contents import addition, open_writer
from tests.window import FakeEngine, browser, build, make_hit

RED, GREEN, BLUE = (encoded(Image.new("RGB", (320, 180), colour), "WEBP") for colour in ("red", "lime", "blue"))


@pytest.fixture(scope="module")
def shared_engine():
    return FakeEngine()


@pytest.fixture(scope="module")
def app(shared_engine):
    return build(shared_engine)


@pytest.fixture
def engine(shared_engine, tmp_path):
    """Over an index of a film, of a slide show, of a PDF that is there, and of one that has no thumbnail."""
    write_pdf(tmp_path / "a.pdf")
    names = ("a.mp4", "a.pptx", "a.pdf", "b.docx")
    records = [
        msgspec.structs.replace(addition(str(tmp_path / name)).document, content_hash=f"hash of {name}")
        for name in names
    ]
    with open_writer(tmp_path / "index") as writer:
        writer.commit([addition(record.path)._replace(document=record) for record in records])
    with writing(tmp_path / "index") as kept:
        frames = (Thumbnail(1, RED, 4.0), Thumbnail(2, GREEN, 65.0), Thumbnail(3, BLUE, 128.0))
        kept.put("hash of a.mp4", frames, drawn_by=1)
        kept.put("hash of a.pptx", [Thumbnail(1, RED)], drawn_by=1)
        kept.put("hash of a.pdf", [Thumbnail(1, GREEN)], drawn_by=1)
        kept.put("hash of b.docx", (), drawn_by=1)
    shared_engine.__init__()
    shared_engine.snapshot = read_index(tmp_path / "index")
    return shared_engine


@pytest.fixture
def client(app, engine):
    return browser(app)


def found(client, engine, *hits):
    engine.hits = list(hits)
    return client.get("/api/search?q=roof").json()["hits"]


def colour(response):
    assert response.headers["content-type"] == "image/webp"
    pixel = Image.open(BytesIO(response.content)).convert("RGB").getpixel((5, 5))
    return max(("red", "lime", "blue"), key=lambda name: pixel[("red", "lime", "blue").index(name)])


@pytest.mark.parametrize(("second", "nearest"), [(0.0, "red"), (40.0, "lime"), (66.0, "lime"), (1000.0, "blue")])
def test_row_of_a_video_has_the_frame_that_is_nearest_to_its_second(client, engine, tmp_path, second, nearest):
    [row] = found(client, engine, make_hit(tmp_path / "a.mp4", kind="video", page_number=1, second=second))
    assert colour(client.get(row["thumb"])) == nearest
    [preview] = [client.get(f"/api/preview?id={row['id']}").json()]
    assert colour(client.get(preview["picture"])) == nearest


def test_two_moments_of_a_video_have_ids_and_pictures_of_their_own(client, engine, tmp_path):
    rows = found(client, engine, *(make_hit(tmp_path / "a.mp4", kind="video", second=at) for at in (4.0, 128.0)))
    assert [colour(client.get(row["thumb"])) for row in rows] == ["red", "blue"]


def test_row_of_what_cannot_be_drawn_while_one_waits_has_what_is_kept(client, engine, tmp_path):
    [row] = found(client, engine, make_hit(tmp_path / "a.pptx", kind="slides", page_number=7))
    assert colour(client.get(row["thumb"])) == "red"


def test_row_of_a_file_that_is_not_there_has_what_is_kept_and_says_so(client, engine, tmp_path):
    (tmp_path / "a.pdf").unlink()
    hit = make_hit(tmp_path / "a.pdf", kind="pdf", is_missing=True, is_unplugged=True, passage="A leaking roof.")
    [row] = found(client, engine, hit)
    assert (row["is_missing"], row["is_unplugged"]) == (True, True)
    assert colour(client.get(row["thumb"])) == "lime"
    preview = client.get(f"/api/preview?id={row['id']}").json()
    assert preview["context"] == "A leaking roof."
    assert colour(client.get(preview["picture"])) == "lime"
    opened = client.post("/api/open", json={"ids": [row["id"]], "action": "open"})
    assert (opened.status_code, opened.json()["error"]) == (410, "a.pdf is not there now.")
    assert "drive" in opened.json()["hint"]
    copied = client.post("/api/open", json={"ids": [row["id"]], "action": "copy_path"})
    assert copied.json()["text"] == str(tmp_path / "a.pdf")


def test_file_that_went_after_the_search_is_shown_as_it_is_kept(client, engine, tmp_path):
    [row] = found(client, engine, make_hit(tmp_path / "a.pdf", kind="pdf"))
    (tmp_path / "a.pdf").unlink()
    assert colour(client.get(row["thumb"])) == "lime"


def test_file_that_is_there_is_drawn_and_may_be_kept_by_the_browser_longer_than_what_is_kept(app, engine, tmp_path):
    with browser(app) as client:  # with: its workers end here
        pdf, slides = found(
            client, engine, make_hit(tmp_path / "a.pdf", kind="pdf"), make_hit(tmp_path / "a.pptx", kind="slides")
        )
        drawn, kept = client.get(pdf["thumb"]), client.get(slides["thumb"])
    assert Image.open(BytesIO(drawn.content)).size != (320, 180)
    assert "immutable" in drawn.headers["cache-control"]
    assert "immutable" not in kept.headers["cache-control"]


def test_row_of_a_document_of_which_nothing_is_kept_has_no_picture(client, engine, tmp_path):
    rows = found(
        client,
        engine,
        make_hit(tmp_path / "b.docx", kind="document"),
        make_hit(tmp_path / "unknown.mp4", kind="video"),
    )
    assert [row["thumb"] for row in rows] == [None, None]
    assert client.get(f"/thumb/{rows[0]['id']}").status_code == 404


def test_region_is_of_the_picture_that_is_shown(client, engine, tmp_path):
    [row] = found(client, engine, make_hit(tmp_path / "a.mp4", kind="video", second=66.0))
    assert client.get(f"/api/region?id={row['id']}").json() == {"region": [0.5, 0.0, 1.0, 0.5]}
    assert engine.looked_at == [GREEN]


def test_region_of_what_has_no_picture_is_none(client, engine, tmp_path):
    [row] = found(client, engine, make_hit(tmp_path / "b.docx", kind="document"))
    assert client.get(f"/api/region?id={row['id']}").json() == {"region": None}
