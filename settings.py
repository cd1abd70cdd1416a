"""What the user may choose, read once at the edge and passed down as values."""

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import platformdirs

from errors import SettingsError

APP_NAME = "semantic-launcher"
PROJECT_DIR = Path(__file__).resolve().parent
STARTER_MODEL = "starter"

_Choice = TypeVar("_Choice", str, bool)


@dataclass(frozen=True, slots=True)
class Settings:
    """Where things are kept and how the models run."""

    index_dir: Path
    models_dir: Path
    log_dir: Path
    config_file: Path  # what was chosen for good
    opened_file: Path  # what the person opened
    model: str = STARTER_MODEL  # a name in the catalog, or a path to a .gguf
    is_model_chosen: bool = False  # by the person; otherwise an index is searched with the model that made it
    projector: str | None = None  # a path, "none", or None: the one that belongs to the model
    dim: int | None = None  # of embeddings; None: all that the model gives
    detail: str | None = None  # how much is seen of a picture: low, medium or high; None: by the device
    query_instruction: str = ""
    document_instruction: str = ""
    end_token: str | None = None  # auto, always or never
    threads: int = 0  # 0: as many as there are cores this process may use
    device: str = "auto"  # auto, cpu or cuda
    gpu_layers: int | None = None  # None: all that fit
    offline: bool = False
    has_history: bool = True  # what is opened is kept, and counts a little

    @property
    def thread_count(self) -> int:
        return self.threads or available_cores()


def available_cores() -> int:
    """Cores this process may run on, which a container or taskset can make fewer than the machine's."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def default_settings(environ: Mapping[str, str]) -> Settings:
    """Settings of a user who chose nothing on the command line.

    LAUNCHER_HOME moves index, logs and choices into one folder, LAUNCHER_MODELS the weights.

    Raises:
        SettingsError: The file of what was chosen for good is damaged.
    """
    home = environ.get("LAUNCHER_HOME")
    data = Path(home).expanduser() if home else Path(platformdirs.user_data_dir(APP_NAME, appauthor=False))
    logs = data / "logs" if home else Path(platformdirs.user_log_dir(APP_NAME, appauthor=False))
    config = data if home else Path(platformdirs.user_config_dir(APP_NAME, appauthor=False))
    models = environ.get("LAUNCHER_MODELS")
    choices = _read_choices(config / "settings.json")
    chosen = _chosen("model", choices, config / "settings.json", str)
    return Settings(
        index_dir=data / "index",
        models_dir=Path(models).expanduser() if models else PROJECT_DIR / "models" / "gguf",
        log_dir=logs,
        config_file=config / "settings.json",
        opened_file=data / "opened.jsonl",
        model=chosen or STARTER_MODEL,
        is_model_chosen=chosen is not None,
        offline=environ.get("LAUNCHER_OFFLINE", "") not in ("", "0"),
        has_history=_chosen("history", choices, config / "settings.json", bool) is not False,
    )


def choose_model(model: str, config_file: Path) -> None:
    """Keep `model` as the one that is used when none is named.

    Raises:
        SettingsError: The file is damaged or cannot be written; it stays as it was.
    """
    choices = {**_read_choices(config_file), "model": model}
    try:
        config_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Made with rights for its owner only, and renamed when it is whole.
        with tempfile.NamedTemporaryFile(
            "w", dir=config_file.parent, prefix=".settings-", encoding="utf-8", delete=False
        ) as file:
            json.dump(choices, file, indent=2)
            file.write("\n")
        Path(file.name).replace(config_file)
    except OSError as error:
        raise SettingsError(
            f"Cannot write {config_file}: {error.strerror}", hint="LAUNCHER_HOME=DIR chooses another folder."
        ) from error


def _chosen(name: str, choices: Mapping[str, Any], config_file: Path, kind: type[_Choice]) -> _Choice | None:
    choice = choices.get(name)
    if choice is not None and not isinstance(choice, kind):
        raise _damaged(config_file)
    return choice


def _read_choices(config_file: Path) -> dict[str, Any]:
    try:
        choices = json.loads(config_file.read_bytes())
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise SettingsError(
            f"Cannot read {config_file}: {error.strerror}", hint="LAUNCHER_HOME=DIR chooses another folder."
        ) from error
    except ValueError as error:  # no JSON, or no UTF-8
        raise _damaged(config_file) from error
    if not isinstance(choices, dict):
        raise _damaged(config_file)
    return choices


def _damaged(config_file: Path) -> SettingsError:
    return SettingsError(f"The settings in {config_file} are damaged.", hint="Correct or delete that file.")
