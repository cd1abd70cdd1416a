"""Peak memory of `launcher index`: of the command itself, and of it with its workers together. Linux only.

    python benchmarks/index_memory.py [FOLDER …]      (default: the samples, and 300 made-up documents)

The reference is the same interpreter that has only loaded llama.cpp and the model.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import _project  # noqa: F401
import inputs

from settings import PROJECT_DIR

POLL_S = 0.05
LOAD_ONLY = """
import os
from pathlib import Path
from models.llama_session import SessionOptions, load_session
weights = next(Path(os.environ["LAUNCHER_MODELS"]).glob("all-MiniLM*.gguf"))
load_session(weights, SessionOptions(threads=2)).embed([[101, 102]])
"""


def session_memory(session: int) -> list[int]:
    """Resident bytes of every process of a session, the largest first."""
    sizes = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it ended between listing and reading
        if int(fields[3]) == session:
            sizes.append(int(fields[21]) * os.sysconf("SC_PAGE_SIZE"))
    return sorted(sizes, reverse=True)


def peaks(command: list[str], environ: dict[str, str]) -> tuple[float, float]:
    """Peak megabytes of the largest process, and of all together."""
    process = subprocess.Popen(
        command, env=environ, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    largest = together = 0
    while process.poll() is None:
        sizes = session_memory(process.pid)
        largest, together = max(largest, *sizes[:1], 0), max(together, sum(sizes))
        time.sleep(POLL_S)
    if process.returncode:
        sys.exit(f"FAILED: {command[1:3]} ended with {process.returncode}")
    return largest / 1e6, together / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="*", type=Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        folders = args.folders or [PROJECT_DIR / "samples" / "files", Path(home, "made up")]
        if not args.folders:
            folders[1].mkdir()
            for number in range(300):
                Path(folders[1], f"{number}.txt").write_text(inputs.text(400, seed=number))
        models = os.environ.get("LAUNCHER_MODELS", str(PROJECT_DIR / "models" / "gguf"))
        environ = {**os.environ, "LAUNCHER_HOME": home, "LAUNCHER_MODELS": models, "PYTHONPATH": str(PROJECT_DIR)}
        indexing = [sys.executable, str(PROJECT_DIR / "launcher.py"), "index", *map(str, folders)]
        one, together = peaks(indexing, environ)
        reference, _ = peaks([sys.executable, "-c", LOAD_ONLY], environ)
    print(f"launcher index: {one:.0f} MB, with its workers {together:.0f} MB (pages they share counted for each)")
    print(f"llama.cpp and the model alone: {reference:.0f} MB; ratio {one / reference:.1f}")


if __name__ == "__main__":
    main()
