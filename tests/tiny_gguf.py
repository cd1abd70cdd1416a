"""GGUF files of a few hundred bytes: a header that is true, and weights that are not."""

from pathlib import Path

import numpy as np
from gguf import GGUFWriter


def write_gguf(path: Path, architecture: str, *, name: str = "", pooling: int | None = None, values: int = 64) -> Path:
    writer = GGUFWriter(path, architecture)
    if name:
        writer.add_name(name)
    if pooling is not None:
        writer.add_uint32(f"{architecture}.pooling_type", pooling)
    writer.add_token_list([b"roof", b"water"])
    writer.add_tensor("token_embd.weight", np.ones(values, dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def tiny_gguf(folder: Path, architecture: str, **options: object) -> bytes:
    path = write_gguf(folder / "made.gguf", architecture, **options)
    content = path.read_bytes()
    path.unlink()
    return content
