"""Puts the project and its tests on the path, so that `python benchmarks/NAME.py` works from any folder."""

import sys
from pathlib import Path

_PROJECT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(_PROJECT), str(_PROJECT / "tests")]
