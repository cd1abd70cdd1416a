"""A pause of the index, as it is kept for the next start."""

import re

import pytest

from politeness import Facts, Pacer, PaceSettings
from service.keeper import Keeper
from service.pause_file import pause_file
from tests.pages import make_settings, until


def new_keeper():
    """One that does not run, and so needs no model."""
    return Keeper(make_settings(), lender=None, pacer=Pacer(PaceSettings(), look=Facts))


@pytest.fixture
def keeper():
    pause_file(make_settings().index_dir).parent.mkdir(parents=True, exist_ok=True)
    return new_keeper()


def test_pause_when_its_end_has_passed_meanwhile_then_is_forgotten(keeper):
    keeper.pause(0.01)
    until(lambda: not keeper.state().is_paused)
    assert new_keeper().take_up_pause() == ""
    assert not pause_file(make_settings().index_dir).exists()


def test_pause_when_it_ends_on_another_day_then_says_which(keeper):
    keeper.pause(2 * 86_400)
    assert re.fullmatch(r"until \d{4}-\d\d-\d\d \d\d:\d\d", keeper.state().why)


def test_pause_when_longer_than_anybody_lives_then_has_no_end(keeper):
    keeper.pause(1e15)
    assert (keeper.state().is_paused, keeper.state().why) == (True, "")
    assert new_keeper().take_up_pause() == "until launcher resume"


def test_pause_when_kept_then_only_its_owner_may_read_it(keeper):
    keeper.pause()
    assert pause_file(make_settings().index_dir).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", ["", "{", "[]", '{"until": "x"}', '{"until": 1e300}', '{"until": NaN}'])
def test_pause_when_its_file_is_torn_then_there_is_none(keeper, content):
    pause_file(make_settings().index_dir).write_text(content)
    assert keeper.take_up_pause() == ""
    assert not keeper.state().is_paused


def test_pause_when_it_cannot_be_kept_then_holds_for_this_run(keeper):
    pause_file(make_settings().index_dir).mkdir()
    keeper.pause()
    assert keeper.state().is_paused
