from pathlib import Path

import pytest

from arguments import build_parser
from settings import default_settings
from startup import chosen_settings


def settings(*options, **environ):
    return chosen_settings(build_parser().parse_args(["status", *options]), environ)


def test_settings_when_nothing_is_chosen_then_the_defaults():
    assert settings() == default_settings({})
    assert settings().model == "starter"
    assert settings().thread_count >= 1


def test_settings_when_launcher_home_is_set_then_index_and_logs_move_there():
    chosen = settings(LAUNCHER_HOME="/mine")
    assert (chosen.index_dir, chosen.log_dir) == (Path("/mine/index"), Path("/mine/logs"))


def test_settings_when_an_option_is_given_then_it_wins_over_the_environment():
    assert settings("--index-dir", "/there", LAUNCHER_HOME="/mine").index_dir == Path("/there")
    assert settings("--offline", LAUNCHER_OFFLINE="0").offline


@pytest.mark.parametrize(("value", "offline"), [("1", True), ("0", False), ("", False)])
def test_settings_when_launcher_offline_is_set_then_nothing_is_fetched(value, offline):
    assert settings(LAUNCHER_OFFLINE=value).offline is offline


def test_settings_when_model_options_are_given_then_they_are_kept():
    chosen = settings("--threads", "3", "--device", "cuda", "--gpu-layers", "0", "--model", "x.gguf")
    assert (chosen.thread_count, chosen.device, chosen.gpu_layers, chosen.model) == (3, "cuda", 0, "x.gguf")
