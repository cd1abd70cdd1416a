"""`launcher index` over a document of which the model crashes, as a whole and again and again."""

import pytest

# The real command with the real model, but for one word.
FRAGILE = """
import os, sys
sys.path.insert(0, sys.argv[1])
import index_command, launcher
open_embedder = index_command.open_embedder

def open_fragile(*arguments, **options):
    embedder = open_embedder(*arguments, **options)
    embed = embedder.embed_documents
    embedder.embed_documents = lambda inputs: os.abort() if "brittle" in str(inputs) else embed(inputs)
    return embedder

index_command.open_embedder = open_fragile
sys.exit(launcher.main(sys.argv[2:]))
"""


@pytest.fixture
def index(shell, folder):
    """Runs it; its exit code."""
    (folder / "glass.txt").write_text("A brittle vase of glass.")
    return lambda *options: shell.script(FRAGILE, "index", folder, "--ocr", "off", *options).returncode


def test_index_when_a_document_crashed_it_twice_then_is_set_aside_and_the_others_are_read(index, shell, folder):
    assert [index() < 0, index() < 0, index()] == [True, True, 0]
    [[path, reason]] = shell.json("status")["failed"]
    assert (path, reason.partition(";")[0]) == (str(folder / "glass.txt"), "crashed the launcher twice")
    assert shell.hits("water under the ridge")[0]["path"] == str(folder / "roof.txt")
    assert "Aborted" in (shell.home / "logs" / "crash.log").read_text()
    assert index("--retry") < 0  # it is given to the model once more


def test_index_when_a_document_that_crashed_it_changes_then_is_read(index, shell, folder):
    assert [index() < 0, index() < 0, index()] == [True, True, 0]
    (folder / "glass.txt").write_text("A vase of clay, which is firm.")
    assert index() == 0
    status = shell.json("status")
    assert (status["failed"], status["by_kind"]["text"]) == ([], {"text": 3})
