"""Rounds of the Keeper of which every step is asked for: a real index and real files, read and embedded by hand."""

import time
from contextlib import contextmanager

import pytest

from index_store import create_or_open_index, read_index
from service.journal import open_journal
from service.rounds import Manners, Rounds
from service.turns import Turns
from tests.by_hand import Model, pools_by_hand, watch_by_hand
from tests.pages import index_folder, make_settings

MANY = 200


class Driven:
    """Rounds of which every step is asked for."""

    def __init__(self, folder, settings):
        self.folder, self.index_dir = folder, settings.index_dir
        self.model, self.turns = Model(), Turns()
        self.may_begin, self.is_stopped = True, False
        self.questions = []
        self.on_rest = lambda _: None
        manners = Manners(
            is_ending=lambda: False,
            may_begin=lambda: self.may_begin,
            should_stop=lambda: self.is_stopped,
            give_way=lambda: self.questions.append(""),
            rest=lambda is_urgent: self.on_rest(is_urgent),  # noqa: PLW0108 - which a test may exchange
            wanted=tuple,
        )
        self.rounds = Rounds(settings, self.model, self.turns, manners)
        self.agenda = self.rounds.agenda

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def touch(self, *paths):
        """What watching tells of them, a while ago."""
        for path in paths:
            self.agenda.dirt.add(str(path), time.monotonic() - 10)

    def until_idle(self):
        """Step while there is something to do; what the last one said."""
        while not (seconds := self.rounds.step()):
            pass
        return seconds

    def records(self):
        return {record.path.rpartition("/")[2]: record for _, record in read_index(self.index_dir).documents()}

    def texts(self):
        return {name for name, record in self.records().items() if record.stage == "text"}


@pytest.fixture
def watch(monkeypatch):
    return watch_by_hand(monkeypatch)


@pytest.fixture
def pools(monkeypatch):
    return pools_by_hand(monkeypatch)


@pytest.fixture
def driven(tmp_path, watch, pools):
    """A folder with one text, that is in the index and was gone through."""
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "roof.txt").write_text("The roof leaks.")
    index_folder(make_settings().index_dir, folder)
    driven = Driven(folder, make_settings())
    driven.until_idle()
    driven.model.opened = 0
    yield driven
    driven.rounds.close()


def old_texts(driven):
    """More than the model is given at once."""
    return [driven.write(f"old {number}.txt", f"A storm, number {number}.") for number in range(MANY)]


@contextmanager
def job(driven, tmp_path):
    with (
        driven.turns.of_another(),
        create_or_open_index(driven.index_dir, fingerprint=driven.model.fingerprint) as writer,
        open_journal(driven.index_dir, tmp_path) as journal,
        driven.rounds.serving(writer, driven.model, journal),
    ):
        yield writer
