"""docs/SECURITY.md against the tests: every row names what proves it."""

import re
from pathlib import Path

TESTS = Path(__file__).resolve().parent
PAGE = (TESTS.parent / "docs" / "SECURITY.md").read_text(encoding="utf-8")
NAMED = re.compile(r"`tests/(test_\w+\.py)::(test_\w+)`")


def test_attack_when_it_stands_on_the_page_then_its_test_is_there():
    for file, name in NAMED.findall(PAGE):
        assert f"def {name}(" in (TESTS / file).read_text(encoding="utf-8"), f"{file}::{name}"


def test_attack_when_it_stands_on_the_page_then_it_names_a_test():
    [table] = re.findall(r"^\| attack \|.*\n\|[-|]+\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
    rows = table.splitlines()
    assert len(rows) >= 20
    assert [row for row in rows if not NAMED.search(row)] == []
