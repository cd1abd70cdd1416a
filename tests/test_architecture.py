"""Who may import what, and who may print: the module map of the design, held by reading the sources."""

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
EVERY_FILE = sorted(
    path.relative_to(PROJECT).as_posix()
    for path in [*PROJECT.glob("*.py"), *PROJECT.glob("[!.]*/**/*.py")]
    if not path.is_relative_to(PROJECT / "samples" / "files")
)
# The program itself: tests, samples and benchmarks may use whatever they like.
PROGRAM = [file for file in EVERY_FILE if not file.startswith(("tests/", "samples/", "benchmarks/"))]
PARTS = {file.split("/")[0].removesuffix(".py") for file in PROGRAM}

# Where a library may be imported, and nowhere else.
LIBRARY_HOMES = {
    "llama_cpp": "models",
    "gradio": "ui",
    "mcp": "mcp_server",
    "psutil": "politeness",
    "keyring": "index_key",
    "cryptography": "index_store",
    "sqlcipher3": "index_store",
    "watchdog": "watching",
} | dict.fromkeys(
    (
        *("pymupdf", "fitz", "PIL", "pillow_heif", "pillow_jxl", "rawpy", "selectolax", "python_calamine", "striprtf"),
        *("cv2", "av", "charset_normalizer"),
    ),
    "extraction",
)
# A file elsewhere that needs a library too, and what it must not do with it: that stays where the library lives.
LIBRARY_GUESTS = {
    ("PIL", "models/pictures.py"): "Image.open",  # resizes arrays to what a model is shown; decodes nothing
    ("PIL", "desktop/tray.py"): "Image.open",  # draws the icon
}
# What of the program a part may import, beside itself. Parts that are not here are held by the tests below.
IMPORTS = {
    "errors": set(),
    "settings": {"control", "errors", "politeness"},
    "embeddings": set(),
    "arguments": {"corpus", "errors"},
    "process_lock": set(),
    "key_source": {"errors"},
    "index_key": {"errors"},
    "log_file": {"process_lock"},
    "control": {"errors", "process_lock"},
    "index_run": {
        *("corpus", "errors", "extraction", "index_store", "indexer", "models", "previewing", "progress"),
        *("reading_order", "recognising", "update_plan", "viewing", "volumes", "yardstick"),
    },
    "mounts": set(),
    "forgetting": {"errors", "index_store", "opened", "service"},
    "volumes": {"corpus", "index_store", "mounts"},
    "index_job": {"index_run", "index_store", "progress", "settings"},
    "service": {
        *("control", "corpus", "desktop", "embeddings", "errors", "extraction", "hits", "index_job"),
        *("index_run", "index_store", "log_file", "models", "opened", "politeness", "process_lock", "progress"),
        *("reading_order", "regions", "reranking", "search_engine", "settings", "startup", "ui"),
        *("update_plan", "viewing", "volumes", "watching", "web", "whereabouts"),
    },
    "secret_files": set(),
    "corpus": {"errors", "secret_files"},
    "picture_hash": set(),
    "watching": set(),
    "extraction": {"corpus", "errors", "picture_hash", "politeness", "secret_files"},
    "index_store": {"corpus", "embeddings", "errors", "key_source", "process_lock"},
    "models": {"embeddings", "errors"},
    "desktop": {"errors"},
    "politeness": {"desktop", "errors"},
    "passages": {"index_store"},
    "filters": {"corpus", "errors", "index_store"},
    "periods": set(),
    "plain_words": {"filters", "periods"},
    "query_language": {"corpus", "errors", "extraction", "filters", "periods", "plain_words"},
    "progress": set(),
    "judgements": {"errors"},
    "evaluation": {"judgements"},
    "known_items": {"errors", "evidence", "index_store", "passages"},
    "read_documents": {"corpus", "embeddings", "extraction", "index_store", "recognising", "viewing"},
    "reading_order": {"corpus", "extraction"},
    "whereabouts": {"corpus", "index_store", "volumes"},
    "update_plan": {"corpus", "extraction", "index_store", "reading_order", "volumes", "whereabouts"},
    "previewing": {"corpus", "errors", "extraction", "index_store", "progress", "viewing"},
    "viewing": {"corpus", "embeddings", "errors", "extraction", "index_store", "models", "progress"},
    "recognising": {
        *("corpus", "embeddings", "errors", "extraction", "index_store", "models", "progress", "reading_order"),
        "viewing",
    },
    "yardstick": {"embeddings", "errors", "index_store"},
    "evidence": {"embeddings", "models"},
    "regions": {"embeddings", "models"},
    "feedback": {"embeddings"},
    "ranking": {"embeddings", "feedback", "index_store", "passages", "yardstick"},
    "picture_copies": {"index_store", "picture_hash"},
    "duplicates": {"embeddings", "index_store", "picture_hash", "ranking"},
    "opened": {"errors", "index_store", "ranking"},
    "recents": {"index_store", "opened", "ranking"},
    "reranking": {"errors", "hits", "models"},
    "hits": {"embeddings", "index_store", "passages", "ranking", "volumes"},
    "programs": {"errors", "filters", "index_store", "query_language", "search_engine"},
    "mcp_server": {"corpus", "errors", "programs"},
    "network_diary": {"control", "errors", "settings"},
    "search_engine": {
        "duplicates",
        "embeddings",
        "errors",
        "evidence",
        "filters",
        "hits",
        "index_store",
        "models",
        "opened",
        "picture_copies",
        "ranking",
        "recents",
        "regions",
        "reranking",
        "yardstick",
    },
}
EDGE = ("launcher.py", "console.py", "ui.py", "desktop/")
# A library that can only be configured through the environment, before it is imported.
MAY_SET_ENVIRONMENT = {
    "extraction/isolation.py": "where a worker, and what it starts, keeps temporary files",
    "extraction/pdf.py": "switches off what PyMuPDF 2 and onnxruntime would send home",
    "extraction/workers.py": "the same in a worker, and one thread for the numeric libraries",
    "models/download.py": "tells huggingface_hub to keep quiet, on the line and on the wire",
    "models/llama_session.py": "tells libgomp not to spin while it waits",
}
VAGUE = {"util", "utils", "helper", "helpers", "common", "misc", "manager", "managers", "handler", "handlers"}
HEAVY = {"llama_cpp", "gradio", "numpy", "pymupdf", "fitz", "PIL", "cv2", "av", "pandas", "keyring", "cryptography"}
MAX_LINES = 400


def part_of(file):
    return file.split("/")[0].removesuffix(".py")


@cache
def tree_of(file):
    return ast.parse((PROJECT / file).read_text(encoding="utf-8"), file)


def imported_by(file):
    """Top-level names of all imports, also those inside functions and for type checkers only."""
    names = set()
    for node in ast.walk(tree_of(file)):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(part_of(file) if node.level else node.module.split(".")[0])
    return names


def used_by(file):
    """Names and dotted names in the code: `print`, `sys.exit`, `os.environ`."""
    for node in ast.walk(tree_of(file)):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield f"{node.value.id}.{node.attr}"
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_the_program_when_listed_then_its_known_parts_are_there():
    assert {"launcher", "indexer", "search_engine", "ui", "corpus", "errors", "models", "extraction"} <= PARTS


@pytest.mark.parametrize("library", LIBRARY_HOMES)
def test_library_when_imported_then_only_where_it_lives(library):
    guests = {file for guest, file in LIBRARY_GUESTS if guest == library}
    importers = {part_of(file) for file in PROGRAM if library in imported_by(file) and file not in guests}
    assert importers <= {LIBRARY_HOMES[library]}


@pytest.mark.parametrize(("library", "guest"), LIBRARY_GUESTS)
def test_library_when_a_guest_uses_it_then_not_for_what_it_must_not_do(library, guest):
    assert library in imported_by(guest)
    assert LIBRARY_GUESTS[library, guest] not in set(used_by(guest))


@pytest.mark.parametrize("part", IMPORTS)
def test_part_when_it_imports_of_the_program_then_only_what_is_below_it(part):
    files = [file for file in PROGRAM if part_of(file) == part]
    imported = {(file, name) for file in files for name in imported_by(file) & PARTS}
    assert {(file, name) for file, name in imported if name not in IMPORTS[part] | {part}} == set()


def test_indexer_and_search_engine_when_they_import_then_never_each_other():
    assert "search_engine" not in imported_by("indexer.py")
    assert "indexer" not in imported_by("search_engine.py")


def test_corpus_when_it_imports_a_library_then_only_pathspec():
    assert imported_by("corpus.py") - set(sys.stdlib_module_names) <= {"errors", "pathspec", "secret_files"}


@pytest.mark.parametrize("name", ["print", "sys.exit", "SystemExit", "exit", "quit"])
def test_program_when_it_prints_or_exits_then_only_at_the_edge(name):
    users = [file for file in PROGRAM if name in used_by(file)]
    assert [file for file in users if not file.startswith(EDGE)] == []


@pytest.mark.parametrize("name", ["os.environ", "os.environb", "os.getenv", "os.putenv", "os.unsetenv"])
def test_program_when_it_uses_the_environment_then_only_at_the_edge(name):
    users = [file for file in PROGRAM if name in used_by(file)]
    assert [file for file in users if not file.startswith((*EDGE, *MAY_SET_ENVIRONMENT))] == []


@pytest.mark.parametrize("file", MAY_SET_ENVIRONMENT)
def test_exception_when_nobody_needs_it_any_more_then_it_goes(file):
    assert "os.environ" in used_by(file)


def test_modules_when_they_grow_then_they_stay_under_the_limit():
    lengths = {file: len((PROJECT / file).read_text(encoding="utf-8").splitlines()) for file in EVERY_FILE}
    assert {file: length for file, length in lengths.items() if length > MAX_LINES} == {}


def test_modules_when_named_then_for_what_they_do():
    assert [file for file in EVERY_FILE if VAGUE & set(re.split(r"[/_.]", file))] == []


def test_launcher_when_asked_for_help_then_nothing_heavy_is_loaded():
    command = [sys.executable, "-X", "importtime", "launcher.py", "--help"]
    ran = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    loaded = {line.rpartition("|")[2].strip().split(".")[0] for line in ran.stderr.splitlines()}
    assert "argparse" in loaded
    assert loaded & HEAVY == set()
