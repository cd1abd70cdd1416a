"""What the user may choose, read once at the edge and passed down as values."""

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import platformdirs

from control.runtime_dir import APP_NAME, runtime_dir_of
from errors import SettingsError
from politeness import ON_BATTERY, OnBattery, PaceSettings, parse_hours

PROJECT_DIR = Path(__file__).resolve().parent
STARTER_MODEL = "starter"
KEYBOARD_SHORTCUT = "<ctrl>+<alt>+<space>"
WORKER_MB = 2048
MODEL_IDLE_S = 600

_Choice = TypeVar("_Choice", str, bool, int)


@dataclass(frozen=True, slots=True)
class Settings:
    """Where things are kept and how the models run."""

    index_dir: Path
    models_dir: Path
    log_dir: Path
    config_file: Path  # what was chosen for good
    opened_file: Path  # what the person opened
    runtime_dir: Path  # of the resident program: its lock, its socket, how its window is reached
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
    keyboard_shortcut: str = KEYBOARD_SHORTCUT  # shows the window; pynput's notation
    window: str = "auto"  # auto, webview, app, browser or none
    has_tray: bool = False  # an icon among those of the desktop
    reranks: bool = True  # where there is a reranker
    reranker: str | None = None  # a name in the catalog, or a path; None: the one that goes with the model
    rerank_budget_s: float = 2.0  # for one list
    on_battery: OnBattery = "slow"  # how the index is kept current there
    hours: str = ""  # when that may be done, such as 22:00-07:00; "" for always
    worker_mb: int = WORKER_MB  # memory of each process that reads documents
    model_idle_s: int = MODEL_IDLE_S  # then the model is let go until the next question; 0: never

    @property
    def pace(self) -> PaceSettings:
        return PaceSettings(self.on_battery, self.hours)

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

    def chosen(name: str, kind: type[_Choice]) -> _Choice | None:
        return _chosen(name, choices, config / "settings.json", kind)

    model = chosen("model", str)
    hours, on_battery = chosen("hours", str) or "", chosen("on_battery", str) or "slow"
    if on_battery not in ON_BATTERY or not _are_hours(hours):
        raise _damaged(config / "settings.json")

    def number(name: str, usual: int) -> int:
        value = chosen(name, int)
        if value is not None and value < 0:
            raise _damaged(config / "settings.json")
        return usual if value is None else value

    return Settings(
        index_dir=data / "index",
        models_dir=Path(models).expanduser() if models else PROJECT_DIR / "models" / "gguf",
        log_dir=logs,
        config_file=config / "settings.json",
        opened_file=data / "opened.jsonl",
        runtime_dir=runtime_dir_of(environ),
        model=model or STARTER_MODEL,
        is_model_chosen=model is not None,
        offline=environ.get("LAUNCHER_OFFLINE", "") not in ("", "0"),
        has_history=chosen("history", bool) is not False,
        keyboard_shortcut=chosen("keyboard_shortcut", str) or KEYBOARD_SHORTCUT,
        query_instruction=chosen("query_instruction", str) or "",
        window=chosen("window", str) or "auto",
        has_tray=chosen("tray", bool) is True,
        threads=number("threads", 0),
        on_battery=on_battery,
        hours=hours,
        worker_mb=number("worker_mb", WORKER_MB) or WORKER_MB,
        model_idle_s=number("model_idle_s", MODEL_IDLE_S),
    )


def choose_model(model: str, config_file: Path) -> None:
    """Keep `model` as the one that is used when none is named.

    Raises:
        SettingsError: As `keep_choices`.
    """
    keep_choices({"model": model}, config_file)


def keep_choices(chosen: Mapping[str, str | bool | int], config_file: Path) -> None:
    """Keep what was chosen for good beside what was before, such as `{"history": False}`.

    Raises:
        SettingsError: The file is damaged or cannot be written; it stays as it was.
    """
    choices = {**_read_choices(config_file), **chosen}
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
    if choice is not None and type(choice) is not kind:  # True is an int to isinstance
        raise _damaged(config_file)
    return choice


def _are_hours(text: str) -> bool:
    try:
        parse_hours(text)
    except SettingsError:
        return False
    return True


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
