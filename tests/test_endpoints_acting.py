"""What is done with hits: opening where they are, with another program, copying files, playing films."""

import pytest

from desktop.places import Place
from desktop.programs import Program
from tests.window import FakeEngine, browser, build, make_hit
from web.guard import CONTENT_POLICY

FILM = bytes(range(256)) * 4


@pytest.fixture(scope="module")
def shared_engine():
    return FakeEngine()


@pytest.fixture(scope="module")
def app(shared_engine):
    return build(shared_engine)


@pytest.fixture
def engine(shared_engine):
    shared_engine.__init__()
    return shared_engine


@pytest.fixture
def client(app, engine):
    return browser(app)


@pytest.fixture
def started(monkeypatch):
    """What was opened where, and copied; nothing is started."""
    done = []

    def opened(path, *where):
        done.append((path.name, *where))
        return "opened"

    monkeypatch.setattr("web.acting.open_document", opened)
    monkeypatch.setattr("web.acting.open_with", opened)
    monkeypatch.setattr("web.acting.copy_files", lambda paths: done.append([path.name for path in paths]))
    return done


def found(client, engine, *hits):
    engine.hits = list(hits)
    return [row["id"] for row in client.get("/api/search?q=roof").json()["hits"]]


def act(client, action, ids, **more):
    return client.post("/api/open", json={"ids": ids, "action": action, **more})


def written(tmp_path, name, content="text"):
    (tmp_path / name).write_text(content)
    return tmp_path / name


@pytest.mark.parametrize(
    "case",
    [
        ("a.pdf", {"kind": "pdf", "page_number": 3}, Place(page_number=3)),
        ("a.epub", {"kind": "book", "page_number": 3}, Place()),
        ("a.mp4", {"kind": "video", "page_number": 3, "second": 65.2}, Place(second=65.2)),
        ("a.py", {"kind": "code", "passage": "two\nthree", "marks": ((4, 9),)}, Place(line=3)),
        ("a.txt", {"kind": "text", "passage": "two", "marks": ()}, Place(line=2)),
        ("a.odt", {"kind": "document", "passage": "two"}, Place()),
        ("a.py", {"kind": "code", "passage": "no longer there"}, Place()),
    ],
)
def test_open_begins_where_the_hit_is(client, engine, started, tmp_path, case):
    name, hit, place = case
    path = written(tmp_path, name, "one\r\ntwo\r\nthree\r\n")
    act(client, "open", found(client, engine, make_hit(path, **hit)))
    assert started == [(name, place)]


def test_several_are_opened_and_noted(client, engine, started, tmp_path):
    paths = [written(tmp_path, name) for name in ("a.odt", "b.odt")]
    ids = found(client, engine, *(make_hit(path, kind="document") for path in paths))
    assert act(client, "open", ids).json() == {"done": "opened"}
    assert sorted(name for name, _ in started) == ["a.odt", "b.odt"]
    assert sorted(engine.opened) == paths


def test_paths_of_several_are_lines(client, engine):
    ids = found(client, engine, make_hit("/documents/a.txt"), make_hit("/documents/b.txt"))
    assert act(client, "copy_path", ids).json()["text"] == "/documents/a.txt\n/documents/b.txt"


def test_files_are_copied_together_and_not_noted_as_opened(client, engine, started, tmp_path):
    ids = found(client, engine, *(make_hit(written(tmp_path, name)) for name in ("a.txt", "b.txt")))
    assert act(client, "copy_file", ids).json() == {"done": "copied"}
    assert (started, engine.opened) == ([["a.txt", "b.txt"]], [])


@pytest.mark.parametrize("action", ["open", "open_with", "copy_file", "reveal"])
def test_nothing_is_done_when_one_of_several_is_gone(client, engine, started, tmp_path, action):
    ids = found(client, engine, make_hit(written(tmp_path, "a.txt")), make_hit(tmp_path / "gone.txt"))
    response = act(client, action, ids)
    assert (response.status_code, response.json()["error"]) == (410, "gone.txt is not there now.")
    assert started == []


def test_nothing_is_done_when_one_of_several_is_unknown(client, engine, started, tmp_path):
    ids = found(client, engine, make_hit(written(tmp_path, "a.txt")))
    assert act(client, "open", [*ids, "unknown"]).status_code == 404
    assert started == []


def test_openers_are_named_by_ids(client, engine, monkeypatch):
    monkeypatch.setattr("sys.platform", "linux")
    known = Program("a.desktop", "Viewer", "viewer", ("viewer", "%U"))
    monkeypatch.setattr("web.acting.openers", lambda _: [known])
    [hit_id] = found(client, engine, make_hit("/documents/a.txt"))
    assert client.get(f"/api/openers?id={hit_id}").json() == {"openers": [{"id": "a.desktop", "name": "Viewer"}]}
    assert client.get("/api/openers?id=unknown").status_code == 404


def test_openers_are_the_desktop_s_own_affair_where_it_asks_itself(client, engine, monkeypatch):
    monkeypatch.setattr("sys.platform", "darwin")
    [hit_id] = found(client, engine, make_hit("/documents/a.txt"))
    assert client.get(f"/api/openers?id={hit_id}").json() == {"openers": None}


def test_open_with_gives_the_program_that_was_chosen(client, engine, started, tmp_path):
    ids = found(client, engine, make_hit(written(tmp_path, "a.odt"), kind="document"))
    assert act(client, "open_with", ids, program="a.desktop").json() == {"done": "opened"}
    assert started == [("a.odt", "a.desktop", Place())]


@pytest.fixture
def film(tmp_path):
    (tmp_path / "a.mp4").write_bytes(FILM)
    return tmp_path / "a.mp4"


def preview(client, hit_id):
    return client.get(f"/api/preview?id={hit_id}").json()


def test_film_is_played_in_ranges(client, engine, film):
    [hit_id] = found(client, engine, make_hit(film, kind="video", second=1.0))
    media = preview(client, hit_id)["media"]
    whole, part = client.get(media), client.get(media, headers={"Range": "bytes=256-259"})
    assert (whole.status_code, whole.content, whole.headers["accept-ranges"]) == (200, FILM, "bytes")
    assert (part.status_code, part.content) == (206, b"\0\1\2\3")
    assert part.headers["content-range"] == "bytes 256-259/1024"


def test_film_is_nothing_but_a_film_to_the_browser(client, engine, film):
    film.write_text("<script>alert(1)</script>")
    [hit_id] = found(client, engine, make_hit(film, kind="video"))
    response = client.get(f"/media/{hit_id}")
    assert response.headers["content-type"] == "video/mp4"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "media-src 'self'" in CONTENT_POLICY


@pytest.mark.parametrize(
    ("name", "kind"), [("a.html", "video"), ("a.svg", "video"), ("a.mp4", "text"), ("a.mp3", "video"), ("a.pdf", "pdf")]
)
def test_file_that_is_no_film_is_never_given(client, engine, tmp_path, name, kind):
    [hit_id] = found(client, engine, make_hit(written(tmp_path, name), kind=kind))
    assert preview(client, hit_id)["media"] is None
    assert client.get(f"/media/{hit_id}").status_code == 404


@pytest.mark.parametrize("hit_id", ["unknown", "..%2fa.mp4", "%2fetc%2fpasswd"])
def test_media_of_an_unknown_id_is_not_found(client, hit_id):
    assert client.get(f"/media/{hit_id}").status_code == 404


def test_film_that_is_gone_or_no_file_says_so(client, engine, film):
    [hit_id] = found(client, engine, make_hit(film, kind="video"))
    film.unlink()
    assert client.get(f"/media/{hit_id}").status_code == 410
    film.mkdir()
    assert client.get(f"/media/{hit_id}").status_code == 410


def test_preview_of_code_says_with_which_line_it_begins(client, engine, tmp_path):
    path = written(tmp_path, "a.py", "# one\n\nthree = 3\nfour = 4\n")
    [hit_id] = found(client, engine, make_hit(path, kind="code", passage="three = 3\nfour = 4", heading="One"))
    shown = preview(client, hit_id)
    assert (shown["first_line"], shown["heading"]) == (3, "One")
