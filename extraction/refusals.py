"""Whether a document is to blame for not being read."""

from pathlib import Path

from corpus import Document, is_unchanged_there
from errors import DocumentError, DocumentMissing


def refusal_without(path: Path, error: FileNotFoundError) -> DocumentError:
    """Why there is nothing to read: the document itself is not there, or something that its reader wanted."""
    if error.filename == str(path):
        return DocumentMissing(path, "no longer there")
    return DocumentError(path, "damaged (FileNotFoundError)")


def is_to_blame(document: Document, refusal: DocumentError) -> bool:
    """Whether it is the document that could not be read, and not one that went, came back or changed meanwhile.

    What is said of such a file must not be kept: one that comes back as it was would never be read again.
    """
    return not isinstance(refusal, DocumentMissing) and is_unchanged_there(document)
