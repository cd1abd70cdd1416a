"""Puts the project on the path, so that `python benchmarks/NAME.py` works from any folder."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
