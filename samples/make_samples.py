"""Make `samples/files/`: a small mixed folder, every kind of document, the same bytes every time.

    python samples/make_samples.py [FOLDER]

writes FOLDER/files and FOLDER/queries, beside this script when no folder is given. What
was in them before is removed, so that the folder is exactly what the sources say.
"""

import shutil
import sys
from pathlib import Path

from texts import health, hobby, household, pictures, programs, study, travel, work

FILES = (
    household.FILES
    | work.FILES
    | study.FILES
    | hobby.FILES
    | travel.FILES
    | health.FILES
    | programs.FILES
    | pictures.FILES
)


def make_samples(folder: Path) -> int:
    """Write everything under `folder`; returns how many files that were."""
    contents = {f"files/{path}": content for path, content in FILES.items()}
    contents |= {f"queries/{path}": content for path, content in pictures.QUERIES.items()}
    for name in ("files", "queries"):
        shutil.rmtree(folder / name, ignore_errors=True)
    for path, content in contents.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return len(contents)


if __name__ == "__main__":
    target_folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    print(f"{make_samples(target_folder)} files written under {target_folder}")
