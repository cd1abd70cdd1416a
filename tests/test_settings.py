"""What was chosen for good: kept, read again, damaged."""

import pytest

from errors import SettingsError
from settings import STARTER_MODEL, choose_model, default_settings, keep_choices


@pytest.fixture
def environ(tmp_path):
    return {"LAUNCHER_HOME": str(tmp_path)}


def test_settings_when_nothing_was_chosen_then_it_is_the_starter(environ, tmp_path):
    settings = default_settings(environ)
    assert settings.model == STARTER_MODEL
    assert settings.config_file == tmp_path / "settings.json"
    assert list(tmp_path.iterdir()) == []


def test_settings_when_there_is_no_home_of_its_own_then_the_choice_is_in_the_systems_folder(own_home):
    assert default_settings({}).config_file == own_home / "config_home" / "semantic-launcher" / "settings.json"


def test_choose_model_when_read_again_then_is_the_one(environ):
    choose_model("qwen3-vl-2b", default_settings(environ).config_file)
    assert default_settings(environ).model == "qwen3-vl-2b"


def test_choose_model_when_written_then_only_the_owner_may_read_it(environ, tmp_path):
    choose_model("qwen3-vl-2b", default_settings(environ).config_file)
    assert [path.name for path in tmp_path.iterdir()] == ["settings.json"]
    assert (tmp_path / "settings.json").stat().st_mode & 0o777 == 0o600


def test_choose_model_when_more_was_chosen_then_that_stays(environ, tmp_path):
    (tmp_path / "settings.json").write_text('{"other": 1}')
    choose_model("qwen3-vl-2b", default_settings(environ).config_file)
    assert '"other": 1' in (tmp_path / "settings.json").read_text()


def test_choices_when_they_are_numbers_then_are_read_again(environ):
    keep_choices({"threads": 2, "model_idle_s": 0, "worker_mb": 4096}, default_settings(environ).config_file)
    settings = default_settings(environ)
    assert (settings.threads, settings.model_idle_s, settings.worker_mb) == (2, 0, 4096)


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"{", b"[]", b'{"model": 3}', b"\xff\xfe\x00"),
        *(b'{"threads": true}', b'{"threads": -1}', b'{"on_battery": "fast"}', b'{"hours": "at night"}'),
    ],
)
def test_settings_when_the_file_is_damaged_then_names_it(environ, tmp_path, content):
    (tmp_path / "settings.json").write_bytes(content)
    with pytest.raises(SettingsError, match=r"settings\.json are damaged") as raised:
        default_settings(environ)
    assert "delete" in raised.value.hint


def test_choose_model_when_the_folder_cannot_be_made_then_says_so(tmp_path):
    (tmp_path / "file").write_text("a file where the folder should be")
    with pytest.raises(SettingsError, match="Cannot"):
        choose_model("qwen3-vl-2b", tmp_path / "file" / "settings.json")
