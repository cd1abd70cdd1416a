"""What `launcher doctor` looks at: the installation, the model, the index."""

import importlib.metadata
import platform
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import network_diary
from coverage_report import encryption_word
from desktop import autostart
from errors import IndexMissing, IndexSealed, IndexStoreError, LauncherError
from extraction import libreoffice, ocr
from index_key import keyring_name
from index_store import check_index, read_index
from index_store.sqlite import sqlite3
from models.embedder import load_embedder
from models.llama_session import SessionOptions, has_gpu
from models.weights import Weights, find_weights
from settings import PROJECT_DIR, Settings
from startup import fingerprint_of_index, model_in_use

_LEAST_FREE_BYTES = 1 << 30


@dataclass(frozen=True, slots=True)
class Check:
    subject: str
    passed: bool
    finding: str


def checks(settings: Settings) -> Iterator[Check]:
    """One check after the other, so that the first ones show while the slow ones run."""
    yield Check("Python", True, f"{platform.python_version()} on {platform.system()} {platform.machine()}")
    yield _packages()
    yield _tried("word index", _sqlite)
    yield Check("words in pictures", True, _words_in_pictures())
    yield Check("llama.cpp", True, "with GPU support" if has_gpu() else "CPU only")
    yield _tried("model", lambda: _model(settings))
    yield _office()
    yield _tried("start at login", _start_at_login)
    yield Check("encryption", True, _encryption())
    yield _free_space(settings)
    yield _tried("index", lambda: _index(settings))


def network_checks(settings: Settings, environ: Mapping[str, str]) -> Iterator[Check]:
    """What the program would contact, one command after the other; that takes half a minute."""
    processes = 0
    for step in network_diary.steps(settings, environ):
        processes += step.processes
        yield check_of(step)
    seen = f"{processes} processes, their connections, messages and names looked up in Python"
    yield Check("seen", processes > 0, f"{seen}; not what a compiled library might do past it")


def check_of(step: network_diary.Step) -> Check:
    tried = f"tried to {', '.join(step.contacts)}" if step.contacts else "would have contacted nothing"
    failure = f", but failed: {step.failure}" if step.failure else ""
    return Check(step.name, not step.contacts and not step.failure, tried + failure)


def _tried(subject: str, look: Callable[[], str]) -> Check:
    try:
        return Check(subject, True, look())
    except LauncherError as error:
        return Check(subject, False, f"{error.message} {error.hint}".rstrip())


def _packages() -> Check:
    """The pinned packages against those that are installed; what is only for some machines may be missing."""
    wrong = []
    for line in (PROJECT_DIR / "requirements.txt").read_text(encoding="utf-8").splitlines():
        requirement, _, marker = line.partition("#")[0].partition(";")
        name, _, version = requirement.strip().partition("==")
        installed = _installed(name) if name else ""
        if installed != version and (installed or not marker):
            wrong.append(f"{name} {version} (here: {installed or 'none'})")
    return Check("packages", not wrong, f"other versions than tested: {', '.join(wrong)}" if wrong else "as pinned")


def _installed(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _words_in_pictures() -> str:
    if not ocr.is_installed():
        return "not read: rapidocr and onnxruntime are not installed on this machine"
    return f"read by rapidocr {_installed('rapidocr')} with onnxruntime {_installed('onnxruntime')}"


def _office() -> Check:
    """Nobody needs it, so its lack is no fault."""
    missed = "none: WordPerfect, Pages, Keynote and Numbers are found by name only, slides seen by their pictures"
    return Check("LibreOffice", True, libreoffice.program() or missed)


def _encryption() -> str:
    """Nobody needs it, so its lack is no fault."""
    if not _installed("sqlcipher3"):
        return "not possible: sqlcipher3 is not installed on this machine"
    try:
        return f"possible: the key would be kept by {keyring_name()}"
    except IndexSealed as error:
        return f"not possible: {error.message}"


def _start_at_login() -> str:
    if gone := autostart.missing():
        raise LauncherError(f"What is started is not there any more: {gone}.", hint="launcher autostart on")
    return f"by {autostart.starter()}" if autostart.is_on() else "off: launcher autostart on"


def _sqlite() -> str:
    with sqlite3.connect(":memory:") as connection:
        try:
            connection.execute("CREATE VIRTUAL TABLE words USING fts5(text, tokenize = 'trigram')")
        except sqlite3.OperationalError as error:
            raise LauncherError(f"This Python's SQLite lacks FTS5 with trigrams: {error}") from error
    return f"SQLite {sqlite3.sqlite_version} with FTS5"


def _model(settings: Settings) -> str:
    weights = _weights(settings)
    embedder = load_embedder(weights, SessionOptions(threads=settings.thread_count, device=settings.device))
    try:
        vector = embedder.embed_query("Does it work?")
    finally:
        embedder.close()
    sees = ", sees pictures" if embedder.sees_pictures else ""
    return f"{weights.name} runs ({embedder.fingerprint.quantisation}, {len(vector)} dimensions{sees})"


def _weights(settings: Settings) -> Weights:
    try:
        indexed = fingerprint_of_index(settings.index_dir)
    except IndexStoreError:  # the check of the index says so
        indexed = None
    return find_weights(model_in_use(settings, indexed), settings.models_dir, projector=settings.projector)


def _free_space(settings: Settings) -> Check:
    folder = next(folder for folder in (settings.index_dir, *settings.index_dir.parents) if folder.exists())
    free = shutil.disk_usage(folder).free
    return Check("free space", free >= _LEAST_FREE_BYTES, f"{free / 1e9:.1f} GB where the index is kept")


def _index(settings: Settings) -> str:
    try:
        snapshot = read_index(settings.index_dir)
    except IndexMissing:
        return "none yet: launcher index ~/Documents"
    if damaged := check_index(Path(settings.index_dir)).problems:
        raise LauncherError(f"Damaged: {', '.join(damaged)}.", hint="launcher check --repair.")
    weights = _weights(settings)
    if weights.sha256 != snapshot.fingerprint.weights_sha256:
        raise LauncherError(f"Made with another model: {snapshot.fingerprint.model}.")
    is_encrypted = "" if encryption_word(settings.index_dir) == "off" else "; encrypted"
    return f"{snapshot.document_count} documents, every file's checksum is right{is_encrypted}"
