"""What the user may choose, read once at the edge and passed down as values."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs

APP_NAME = "semantic-launcher"
PROJECT_DIR = Path(__file__).resolve().parent
STARTER_MODEL = "starter"


@dataclass(frozen=True, slots=True)
class Settings:
    """Where things are kept and how the models run."""

    index_dir: Path
    models_dir: Path
    log_dir: Path
    model: str = STARTER_MODEL  # a name in the catalog, or a path to a .gguf
    threads: int = 0  # 0: as many as there are cores this process may use
    device: str = "auto"  # auto, cpu or cuda
    gpu_layers: int | None = None  # None: all that fit
    offline: bool = False

    @property
    def thread_count(self) -> int:
        return self.threads or available_cores()


def available_cores() -> int:
    """Cores this process may run on, which a container or taskset can make fewer than the machine's."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def default_settings(environ: Mapping[str, str]) -> Settings:
    """Settings of a user who chose nothing.

    LAUNCHER_HOME moves index and logs into one folder, LAUNCHER_MODELS the weights.
    """
    home = environ.get("LAUNCHER_HOME")
    data = Path(home).expanduser() if home else Path(platformdirs.user_data_dir(APP_NAME, appauthor=False))
    logs = data / "logs" if home else Path(platformdirs.user_log_dir(APP_NAME, appauthor=False))
    models = environ.get("LAUNCHER_MODELS")
    return Settings(
        index_dir=data / "index",
        models_dir=Path(models).expanduser() if models else PROJECT_DIR / "models" / "gguf",
        log_dir=logs,
        offline=environ.get("LAUNCHER_OFFLINE", "") not in ("", "0"),
    )
