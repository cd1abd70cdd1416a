import os

import pytest

from corpus import (
    DEFAULT_EXCLUDES,
    HIDDEN,
    LINK,
    NO_FILE,
    OWN_INDEX,
    SUBFOLDER,
    ScanRules,
    check_root,
    rule_against,
    scan,
)
from errors import SettingsError


def make(root, *names):
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return root


def names(found):
    return [document.path.relative_to(found.root).as_posix() for document in found.documents]


def test_scan_when_folders_are_nested_then_finds_every_file_in_path_order(tmp_path):
    found = scan(make(tmp_path, "b.txt", "a/c.txt", "a/b/d.txt"))
    assert names(found) == ["a/b/d.txt", "a/c.txt", "b.txt"]
    assert found.complete


def test_scan_when_not_recursive_then_stays_in_the_root(tmp_path):
    assert names(scan(make(tmp_path, "b.txt", "a/c.txt"), ScanRules(recursive=False))) == ["b.txt"]


def test_scan_when_default_excludes_then_leaves_out_what_nobody_means(tmp_path):
    make(tmp_path, "a.txt", "node_modules/x.js", "src/__pycache__/y.pyc", "p/site-packages/z.py", "~$report.docx")
    assert names(scan(tmp_path)) == ["a.txt"]
    assert len(names(scan(tmp_path, ScanRules(default_excludes=False)))) == 5


def test_scan_when_hidden_names_then_only_with_include_hidden(tmp_path):
    make(tmp_path, "a.txt", ".secret/b.txt", ".c.txt")
    assert names(scan(tmp_path)) == ["a.txt"]
    assert names(scan(tmp_path, ScanRules(include_hidden=True))) == [".c.txt", ".secret/b.txt", "a.txt"]


def test_scan_when_excludes_then_reads_them_as_git_does(tmp_path):
    make(tmp_path, "a.log", "keep.log", "build/x.txt", "deep/build/y.txt", "top.txt", "deep/top.txt")
    rules = ScanRules(excludes=("*.log", "!keep.log", "build/", "/top.txt"))
    assert names(scan(tmp_path, rules)) == ["deep/top.txt", "keep.log"]


def test_scan_when_a_default_is_taken_back_then_finds_it(tmp_path):
    make(tmp_path, "node_modules/x.js")
    assert names(scan(tmp_path, ScanRules(excludes=("!node_modules/",)))) == ["node_modules/x.js"]


def test_scan_when_links_and_pipes_then_finds_only_regular_files(tmp_path):
    make(tmp_path, "a/real.txt")
    (tmp_path / "link.txt").symlink_to(tmp_path / "a/real.txt")
    (tmp_path / "loop").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    assert names(scan(tmp_path)) == ["a/real.txt"]


def test_scan_when_a_folder_is_skipped_then_does_not_enter_it(tmp_path):
    make(tmp_path, "a.txt", "index/manifest.json")
    assert names(scan(tmp_path, skip=[tmp_path / "index"])) == ["a.txt"]


def test_scan_when_a_folder_cannot_be_listed_then_is_not_complete(tmp_path):
    found = scan(tmp_path / "gone")
    assert not found.complete
    assert found.problems == [(tmp_path / "gone", "No such file or directory")]


def test_scan_when_a_name_is_no_utf8_then_keeps_its_bytes(tmp_path):
    (tmp_path / os.fsdecode(b"caf\xe9.txt")).write_text("x")
    assert bytes(scan(tmp_path).documents[0].path).endswith(b"caf\xe9.txt")


def test_scan_when_a_file_is_seen_then_notes_its_fingerprint(tmp_path):
    document = scan(make(tmp_path, "four")).documents[0]
    status = (tmp_path / "four").stat()
    assert (document.size_bytes, document.mtime_ns, document.inode) == (4, status.st_mtime_ns, status.st_ino)


def test_scan_when_names_are_left_out_then_counts_them_by_rule(tmp_path):
    make(tmp_path, "a.txt", ".b", "c.log", "d.log", "keep.log", "node_modules/x.js", "node_modules/y.js", "index/m")
    (tmp_path / "link").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    found = scan(tmp_path, ScanRules(excludes=("*.log", "!keep.log")), skip=[tmp_path / "index"])
    assert names(found) == ["a.txt", "keep.log"]
    rules = {HIDDEN: 1, "excluded by *.log": 2, "excluded by default: node_modules/": 1}
    assert found.left_out == {**rules, LINK: 1, NO_FILE: 1, OWN_INDEX: 1}


@pytest.mark.parametrize("pattern", DEFAULT_EXCLUDES)
def test_scan_when_a_default_excludes_then_names_that_one(tmp_path, pattern):
    name = pattern.rstrip("/").replace("*", "x")
    make(tmp_path, f"{name}/x" if pattern.endswith("/") else name)
    assert scan(tmp_path, ScanRules(include_hidden=True)).left_out == {f"excluded by default: {pattern}": 1}


def test_scan_when_not_recursive_then_counts_the_subfolders(tmp_path):
    assert scan(make(tmp_path, "a.txt", "b/c", "d/e"), ScanRules(recursive=False)).left_out == {SUBFOLDER: 2}


@pytest.mark.parametrize(
    ("name", "rule"),
    {
        "a.txt": None,
        "deep/er/b.txt": None,
        "deep/.c": ("deep/.c", HIDDEN),
        "deep/node_modules/x/y.js": ("deep/node_modules", "excluded by default: node_modules/"),
        "deep/d.pyc": ("deep/d.pyc", "excluded by default: *.pyc"),
        "e.log": ("e.log", "excluded by *.log"),
        "build/f.txt": ("build", "excluded by build/"),
        "link/a.txt": ("link", LINK),
        "pipe": ("pipe", NO_FILE),
        "index/m": ("index", OWN_INDEX),
        "gone/g.txt": None,
        "gone/node_modules/h": ("gone/node_modules", "excluded by default: node_modules/"),
    }.items(),
)
def test_rule_against_a_path_is_the_one_that_the_scan_goes_by(tmp_path, name, rule):
    make(tmp_path, "a.txt", "deep/er/b.txt", "deep/.c", "deep/node_modules/x/y.js", "deep/d.pyc", "e.log")
    make(tmp_path, "build/f.txt", "index/m")
    (tmp_path / "link").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    rules = ScanRules(excludes=("*.log", "build/"))
    found = rule_against(tmp_path / name, tmp_path, rules, skip=[tmp_path / "index"])
    assert found == (rule and (tmp_path / rule[0], rule[1]))
    seen = {document.path for document in scan(tmp_path, rules, skip=[tmp_path / "index"]).documents}
    assert (tmp_path / name in seen) == (found is None and (tmp_path / name).exists())


def test_rule_against_a_path_in_a_subfolder_when_not_recursive_is_that(tmp_path):
    make(tmp_path, "deep/a.txt")
    assert rule_against(tmp_path / "deep/a.txt", tmp_path, ScanRules(recursive=False)) == (tmp_path / "deep", SUBFOLDER)
    assert rule_against(tmp_path / "deep.txt", tmp_path, ScanRules(recursive=False)) is None


def test_check_root_when_it_does_not_exist_then_says_so(tmp_path):
    with pytest.raises(SettingsError, match="No such folder"):
        check_root(tmp_path / "nothing")


def test_check_root_when_it_is_a_file_then_names_the_folder_to_index(tmp_path):
    with pytest.raises(SettingsError, match="Not a folder") as raised:
        check_root(make(tmp_path, "a.txt") / "a.txt")
    assert str(tmp_path) in raised.value.hint


def test_check_root_when_it_may_not_be_listed_then_says_so(tmp_path, nobody):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o000)
    with nobody(), pytest.raises(SettingsError, match="May not list"):
        check_root(closed)


def test_check_root_when_relative_then_is_absolute(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert check_root(tmp_path.relative_to(tmp_path)) == tmp_path
