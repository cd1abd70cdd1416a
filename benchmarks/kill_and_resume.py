"""Index real folders, kill the run with SIGKILL on the way, resume, and count what was done twice.

    python benchmarks/kill_and_resume.py /usr/share/doc samples/files --kills 3

Prints a line per run. Fails when a document was read again after it was committed, when one is in
the index twice or missing from it, when a checksum is wrong, or when a search right after a kill
does not answer.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import _project  # noqa: F401

from corpus import ScanRules, scan
from index_store import check_index, read_index
from settings import PROJECT_DIR

QUERY = "how to configure the network"


class Launcher:
    """The real command, with an index of its own."""

    def __init__(self, home: Path) -> None:
        self.index_dir = home / "index"
        models = os.environ.get("LAUNCHER_MODELS", str(PROJECT_DIR / "models" / "gguf"))
        self.environ = {**os.environ, "LAUNCHER_HOME": str(home), "LAUNCHER_MODELS": models}

    def start(self, *arguments: str) -> subprocess.Popen:
        command = [sys.executable, str(PROJECT_DIR / "launcher.py"), *arguments]
        return subprocess.Popen(command, env=self.environ, stdout=subprocess.PIPE, text=True)

    def run(self, *arguments: str) -> str:
        process = self.start(*arguments)
        output, _ = process.communicate()
        if process.returncode:
            sys.exit(f"FAILED: launcher {arguments[0]} ended with {process.returncode}")
        return output

    def finished(self) -> set[str]:
        """Paths of the documents that are read, whatever came of it."""
        return {record.path for _, record in read_index(self.index_dir).documents() if record.stage != "names"}


def index_until(launcher: Launcher, arguments: list[str], documents: int) -> dict:
    """Run `launcher index`; kill it when that many documents are through. The last event it printed."""
    process = launcher.start("index", *arguments, "--json")
    event = {}
    for line in process.stdout:
        event = json.loads(line)
        if event["event"] == "progress" and event["documents"] >= documents:
            process.kill()
    process.wait()
    return event


def check(launcher: Launcher, before: set[str], event: dict) -> set[str]:
    """What holds after every run, killed or not; returns the documents that are through."""
    if damaged := check_index(launcher.index_dir).problems:
        sys.exit(f"FAILED: damaged {damaged}")
    after = launcher.finished()
    if before - after:
        sys.exit(f"FAILED: {len(before - after)} committed documents are lost")
    started = time.perf_counter()
    hits = json.loads(launcher.run("search", QUERY, "--json", "--limit", "3"))["hits"]
    seconds = time.perf_counter() - started
    if len(hits) != 3:
        sys.exit("FAILED: the search after the run found nothing")
    print(f"  {len(after)} documents through (+{len(after) - len(before)}), {event.get('seconds', 0):.0f} s; ", end="")
    print(f"search answered in {seconds:.1f} s: {Path(hits[0]['path']).name}", flush=True)
    return after


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--exclude", action="append", default=[])
    args = parser.parse_args()
    rules = ScanRules(excludes=tuple(args.exclude))
    wanted = {str(document.path) for folder in args.folders for document in scan(folder.resolve(), rules).documents}
    print(f"{len(wanted)} documents in {len(args.folders)} folders")
    arguments = [str(folder.resolve()) for folder in args.folders]
    arguments += [f"--exclude={pattern}" for pattern in args.exclude]
    with tempfile.TemporaryDirectory() as home:
        launcher = Launcher(Path(home))
        done: set[str] = set()
        for kill in range(args.kills):
            share = (kill + 1) / (args.kills + 1)
            event = index_until(launcher, arguments, int(len(wanted) * share) - len(done))
            print(f"killed at {event['documents']} of {event['documents_total']}:")
            if event["documents_total"] != len(wanted) - len(done):
                sys.exit("FAILED: a document that was committed is read again")
            done = check(launcher, done, event)
        report = index_until(launcher, arguments, len(wanted) + 1)
        print(f"finished: indexed {report['indexed']}, failed {len(report['failed'])}, unchanged {report['unchanged']}")
        if report["unchanged"] != len(done):
            sys.exit("FAILED: a document that was committed is read again")
        done = check(launcher, done, report)
        paths = [record.path for _, record in read_index(launcher.index_dir).documents()]
        if len(paths) != len(set(paths)) or set(paths) != wanted:
            sys.exit(f"FAILED: {len(paths)} documents in the index, {len(set(paths) ^ wanted)} differ from the folders")
        size = sum(path.stat().st_size for path in launcher.index_dir.rglob("*") if path.is_file())
        print(f"PASSED: {len(paths)} documents, none twice, none lost; index {size / 1e6:.0f} MB")
        for path, reason in report["failed"][:20]:
            print(f"  failed: {reason}: {path}")


if __name__ == "__main__":
    main()
