import pickle
from pathlib import Path

import pytest

import errors
from errors import DocumentError, DocumentMissing, LauncherError


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("LauncherError", 1),
        ("SettingsError", 2),
        ("IndexMissing", 3),
        ("IndexLocked", 3),
        ("IndexCorrupt", 3),
        ("IndexModelMismatch", 3),
        ("IndexUnwritable", 3),
        ("ModelMissing", 4),
        ("ModelFailed", 4),
    ],
)
def test_error_when_it_ends_the_program_then_by_its_exit_code(name, code):
    error = getattr(errors, name)
    assert issubclass(error, LauncherError)
    assert error.exit_code == code


@pytest.mark.parametrize("kind", [DocumentError, DocumentMissing])
def test_document_error_when_it_comes_from_a_worker_then_keeps_its_kind_and_reason(kind):
    error = pickle.loads(pickle.dumps(kind(Path("/docs/a.pdf"), "encrypted")))
    assert type(error) is kind
    assert (error.path, error.reason, str(error)) == (Path("/docs/a.pdf"), "encrypted", "/docs/a.pdf: encrypted")
