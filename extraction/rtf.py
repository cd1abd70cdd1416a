"""Rich text (.rtf), by striprtf."""

from pathlib import Path

from striprtf.striprtf import rtf_to_text

from extraction.plain_text import read_head
from extraction.reading import MAX_MARKUP_BYTES, Reading


def read(path: Path) -> Reading:
    """The text as one page. RTF is ASCII by definition; what is not stands for itself."""
    data, truncated = read_head(path, MAX_MARKUP_BYTES)
    return Reading((rtf_to_text(data.decode("latin-1"), errors="ignore"),), truncated=truncated)
