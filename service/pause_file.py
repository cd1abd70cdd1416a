"""That a person wants the index left as it is, kept beside the index: a pause outlives the process that was told."""

import json
import logging
import math
import os
from datetime import UTC, datetime
from pathlib import Path

log = logging.getLogger(__name__)


def pause_file(index_dir: Path) -> Path:
    return index_dir.with_name(f"{index_dir.name}-paused.json")


def read_pause(file: Path) -> float:
    """Until when the pause lasts, in seconds since 1970, `inf` without an end; `-inf` where there is none."""
    try:
        until = json.loads(file.read_bytes())["until"]
        return math.inf if until is None else datetime.fromtimestamp(float(until), UTC).timestamp()
    except FileNotFoundError:
        return -math.inf
    except (OSError, ValueError, TypeError, KeyError, OverflowError) as error:
        log.warning("the pause of before is not known: %s", error)
        return -math.inf


def keep_pause(file: Path, until_s: float) -> None:
    """Whole or not at all. Where it cannot be kept it holds for this run, which is only logged: the disk may be why."""
    new = file.with_name(f".{file.name}.new")
    until = None if math.isinf(until_s) else until_s
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new.unlink(missing_ok=True)
        with os.fdopen(os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as stream:
            stream.write(json.dumps({"until": until}).encode("ascii"))
            stream.flush()
            os.fsync(stream.fileno())
        new.replace(file)
    except OSError as error:
        log.warning("the pause is not kept for the next start: %s", error)


def drop_pause(file: Path) -> None:
    """There is none any more."""
    try:
        file.unlink(missing_ok=True)
    except OSError as error:
        log.warning("the pause stays for the next start: %s", error)
