"""The manual against the program: whatever a person can type, meet or install stands in it."""

import argparse
import re
from pathlib import Path

import pytest

import errors
from arguments import VERSION, build_parser
from corpus import DEFAULT_EXCLUDES, KINDS
from secret_files import SECRET_NAMES

PROJECT = Path(__file__).resolve().parent.parent
MANUAL = (PROJECT / "LAUNCHER_README.md").read_text(encoding="utf-8")
PAGES = [PROJECT / "README.md", PROJECT / "LAUNCHER_README.md", *sorted((PROJECT / "docs").rglob("*.md"))]
SHARED = "Options of every command"

HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE_BLOCK = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
EXPLAINED = CODE_BLOCK.sub("", MANUAL)


def section(title):
    """The text under a heading of the manual, up to the next one that is not below it; examples explain nothing."""
    found = re.search(rf"^(#+) {re.escape(title)}\b.*\n", EXPLAINED, re.MULTILINE)
    assert found, f"the manual has no section {title!r}"
    rest = EXPLAINED[found.end() :]
    end = re.search(rf"^#{{1,{len(found[1])}}} ", rest, re.MULTILINE)
    return rest[: end.start()] if end else rest


def subcommands(parser):
    action = next((each for each in parser._actions if isinstance(each, argparse._SubParsersAction)), None)
    return action.choices if action else {}


def options(parser):
    """Every spelling of every option, and what it can be set to where that is a choice of words."""
    for action in parser._actions:
        if action.option_strings:
            yield from action.option_strings
            yield from action.choices or ()


COMMANDS = subcommands(build_parser())
SHARED_OPTIONS = set.intersection(*(set(options(command)) for command in COMMANDS.values())) - {"-h", "--help"}


def missing(words, text):
    """Which of `words` do not stand by themselves in `text`: `--retry` is not in `--retry-all`."""
    return [word for word in words if not re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text)]


def anchors(page):
    """What a link may have after its #: headings in lower case, without punctuation, blanks as hyphens."""
    headings = HEADING.findall(CODE_BLOCK.sub("", page.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_manual_when_a_version_is_made_then_it_is_for_that_version():
    assert f"For version {VERSION}." in MANUAL


@pytest.mark.parametrize("name", COMMANDS)
def test_manual_when_a_command_exists_then_has_a_section_with_all_its_options(name):
    command, text = COMMANDS[name], section(name)
    own = set(options(command)) - SHARED_OPTIONS - {"-h", "--help"}
    actions = [f"{name} {action}" for action in subcommands(command)]
    assert missing([f"launcher {name}", *actions, *own], text) == []


def test_manual_when_an_option_is_of_every_command_then_stands_in_their_section():
    assert missing(SHARED_OPTIONS, section(SHARED)) == []


def test_manual_when_an_option_is_of_the_program_itself_then_stands_among_the_commands():
    assert missing(options(build_parser()), section("Commands")) == []


def test_manual_when_something_is_left_out_by_default_then_lists_it():
    text = section("What is left out")
    assert [pattern for pattern in DEFAULT_EXCLUDES if f"`{pattern}`" not in text] == []


def test_manual_when_a_name_is_that_of_a_secret_then_lists_it():
    text = section("What is left out")
    assert [pattern for pattern in SECRET_NAMES if f"`{pattern}`" not in text] == []


def test_manual_when_a_kind_exists_then_says_what_belongs_to_it():
    text = section("What is read")
    assert [kind for kind in KINDS if f"`{kind}`" not in text] == []


def test_manual_when_the_program_ends_then_explains_its_exit_code():
    classes = [each for each in vars(errors).values() if isinstance(each, type) and hasattr(each, "exit_code")]
    codes = {0, errors.EXIT_BUG, errors.EXIT_INTERRUPTED, *(each.exit_code for each in classes)}
    text = section("Exit codes")
    assert [code for code in sorted(codes) if f"\n| `{code}` |" not in text] == []


def test_manual_when_the_environment_counts_then_names_the_variable():
    sources = [PROJECT / "settings.py", PROJECT / "launcher", PROJECT / "launcher.cmd"]
    names = {name for path in sources for name in re.findall(r"LAUNCHER_[A-Z_]+", path.read_text(encoding="utf-8"))}
    assert len(names) >= 5
    assert missing(sorted(names), section("Where things are kept")) == []


def test_manual_when_a_package_is_required_then_names_its_licence():
    lines = (PROJECT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    packages = [line.partition("==")[0].strip() for line in lines if "==" in line.partition("#")[0]]
    assert len(packages) >= 10
    text = section("Licences")
    assert [package for package in packages if not re.search(rf"^\| {package} \| \w", text, re.MULTILINE)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(PROJECT).as_posix())
def test_page_when_it_links_within_the_project_then_the_target_is_there(page):
    broken = []
    for link in LINK.findall(page.read_text(encoding="utf-8")):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []
