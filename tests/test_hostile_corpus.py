"""The launcher reads a folder of hostile files and comes through; benchmarks/hostile_corpus.py has all of them."""

import sys
from pathlib import Path

import pytest

from tests.shell import SAMPLES

BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"
# What takes minutes to embed, or seconds to draw.
LEFT_OUT = {"nested", "lying", "just within the limit.png"}
ORIGINALS = [
    SAMPLES / "study" / "essay.odt",
    SAMPLES / "work" / "contract.pdf",
    SAMPLES / "household" / "floor plan.png",
]


@pytest.fixture(scope="module")
def result(tmp_path_factory, starter_weights):
    sys.path.insert(0, str(BENCHMARKS))
    from hostile_corpus import run  # noqa: PLC0415
    from hostile_folders import SLOW  # noqa: PLC0415

    sys.path.remove(str(BENCHMARKS))
    return run(tmp_path_factory.mktemp("hostile"), ORIGINALS, but_not=LEFT_OUT | SLOW, minutes=5, ocr=False)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc to see processes")
def test_hostile_files_when_indexed_and_looked_at_then_each_is_told_and_nothing_else_happens(result):
    assert result.flaws == []
    assert sum(sum(states.values()) for states in result.states.values()) > 100
    assert result.states["nodes"].keys() == {"left out"}
    assert result.states["pictures"]["failed"] >= 12
    assert result.reasons["encrypted"] >= 4
