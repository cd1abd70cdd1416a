"""Make the parity set, or only its references: what the official classes answer, for the tests to compare with.

A tool for developers: it needs torch, which neither the program nor its tests do. README.md says what to install.

    python make_parity_set.py --official CHECKOUT                                  # references for the weights here
    python make_parity_set.py --official CHECKOUT --converter FILE --new-weights 7 --out FOLDER          # all anew
"""

import argparse
import importlib
import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch
from parity_cases import EMBEDDING, ORIENTATION, RERANKING, make_inputs
from PIL import Image, ImageOps
from tiny_checkpoint import HERE, checkpoint_from_gguf, new_checkpoint

_log = logging.getLogger("parity")

# The converter knows the tokenizers of released models by a hash; this one splits words as theirs do.
_CONVERT = """
import runpy, sys
from pathlib import Path
sys.argv.pop(0)
folder = Path(sys.argv[0]).parent
sys.path[:0] = [str(folder), str(folder / "gguf-py")]
from conversion import base
base.TextModel.get_vocab_base_pre = lambda self, tokenizer: "qwen2"
runpy.run_path(sys.argv[0], run_name="__main__")
"""
_RERANKER_HINT = "Qwen3-VL-Reranker"  # a folder's name that makes the converter add a classifier's head


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    args = _arguments()
    os.environ["CUDA_VISIBLE_DEVICES"] = ""  # the official classes would take a GPU
    torch.set_num_threads(args.threads)
    sys.path.insert(0, str(args.official / "src" / "models"))
    before = _references(args.out)
    started = time.monotonic()
    make_inputs(args.out / "inputs")
    with tempfile.TemporaryDirectory() as temporary:
        checkpoints = args.checkpoint or Path(temporary)
        _ensure_checkpoints(checkpoints, args)
        _write_references(checkpoints, args.out)
        if args.converter:
            _convert(checkpoints, args.converter.resolve(), args.out)
    _write_q8_0(args.out / "embed-f32.gguf", args.out / "embed-q8_0.gguf")
    _report(before, _references(args.out))
    _log.info("made in %.0f s", time.monotonic() - started)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--official", type=Path, required=True, help="a checkout of QwenLM/Qwen3-VL-Embedding")
    parser.add_argument("--converter", type=Path, help="llama.cpp's convert_hf_to_gguf.py, to make the F32 files too")
    parser.add_argument("--out", type=Path, default=HERE, help="folder of the set (default: this one)")
    parser.add_argument(
        "--from-gguf", type=Path, default=HERE, help="folder of F32 files to take the weights of (this)"
    )
    parser.add_argument("--new-weights", type=int, metavar="SEED", help="make random weights and a tokenizer instead")
    parser.add_argument(
        "--checkpoint", type=Path, help="folder of `embedder` and `reranker`: used if there, else made and kept"
    )
    parser.add_argument("--threads", type=int, default=1, help="for torch (1)")
    args = parser.parse_args()
    weights_stay = args.new_weights is None and args.checkpoint is None
    if not args.converter and not (weights_stay and args.out.resolve() == args.from_gguf.resolve()):
        parser.error("other weights or another folder need --converter: the GGUF files must fit the references")
    if args.new_weights is not None and args.checkpoint and args.checkpoint.exists():
        parser.error(f"{args.checkpoint} exists, so there is nothing to make with --new-weights")
    return args


def _ensure_checkpoints(folder: Path, args: argparse.Namespace) -> None:
    for place, (name, weights, projector) in enumerate(
        [("embedder", "embed-f32", "mmproj-embed-f32"), ("reranker", "rerank-plain-f32", "mmproj-rerank-f32")]
    ):
        if (folder / name).exists():
            _log.info("taking the checkpoint %s", folder / name)
        elif args.new_weights is None:
            files = (args.from_gguf / f"{file}.gguf" for file in (weights, projector))
            checkpoint_from_gguf(*files, folder / name)
        else:
            new_checkpoint(folder / name, seed=args.new_weights + place)


def _write_references(checkpoints: Path, out: Path) -> None:
    how = {"dtype": torch.float32, "attn_implementation": "eager"}
    embedder_class = importlib.import_module("qwen3_vl_embedding").Qwen3VLEmbedder
    embedder = embedder_class(str(checkpoints / "embedder"), **how)
    cases, embeddings = {}, {}
    for name, case in EMBEDDING.items():
        shown = _shown(case, out)
        cases[name] = case | _sizes(embedder, shown)
        embeddings[name] = embedder.process([shown])[0].numpy()
        _log.info("%s: %d tokens", name, cases[name]["n_tokens"])
    reranker_class = importlib.import_module("qwen3_vl_reranker").Qwen3VLReranker
    reranker = reranker_class(str(checkpoints / "reranker"), **how)
    ranked = [case | {"scores": reranker.process(_ranking_shown(case, out))} for case in RERANKING]
    content = json.dumps({"embedding": cases, "reranking": ranked}, ensure_ascii=False, indent=1)
    (out / "cases.json").write_text(content, encoding="utf-8")
    np.savez(out / "reference_embeddings.npz", **embeddings)


def _sizes(embedder: Any, shown: dict) -> dict:
    """Tokens and patches of an input, before the model sees it."""
    inputs = embedder._preprocess_inputs([embedder.format_model_input(**shown)])
    grids = [
        grid for name in ("video_grid_thw", "image_grid_thw") for grid in inputs.get(name, torch.empty(0)).tolist()
    ]
    if len(grids) != ("video" in shown) + len(shown.get("image", ())):  # the official code then embeds "NULL"
        raise ValueError(f"The official code could not read {shown}.")
    return {"n_tokens": inputs["input_ids"].shape[1], "grid_thw": grids or None}


def _ranking_shown(case: dict, out: Path) -> dict:
    documents = [_shown(document, out) for document in case["documents"]]
    return case | {"query": _shown(case["query"], out), "documents": documents}


def _shown(case: dict, out: Path) -> dict:
    """The input as the official classes take it."""
    files = {kind: [_as_seen(out / name) for name in case[kind]] for kind in ("image", "video") if kind in case}
    return case | files


def _as_seen(path: Path) -> str | Image.Image:
    """The path, except for a picture that lies on its side: the official code would not turn it as the program does."""
    with Image.open(path) as image:
        is_upright = image.getexif().get(ORIENTATION, 1) == 1
        return str(path.resolve()) if is_upright else ImageOps.exif_transpose(image)


def _convert(checkpoints: Path, converter: Path, out: Path) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        hinted = shutil.copytree(checkpoints / "reranker", Path(temporary) / _RERANKER_HINT)
        for source, file, *options in [
            (checkpoints / "embedder", "embed-f32.gguf"),
            (checkpoints / "embedder", "mmproj-embed-f32.gguf", "--mmproj"),
            (checkpoints / "reranker", "rerank-plain-f32.gguf"),
            (checkpoints / "reranker", "mmproj-rerank-f32.gguf", "--mmproj"),
            (hinted, "rerank-rank-f32.gguf"),
        ]:
            command = [sys.executable, "-c", _CONVERT, converter, source, "--outtype", "f32", "--outfile", out / file]
            subprocess.run([*command, *options], check=True)


def _write_q8_0(source: Path, target: Path) -> None:
    """A GGUF file with its matrices as Q8_0, as llama.cpp's own tool would make it."""
    reader, kind = gguf.GGUFReader(source), gguf.GGMLQuantizationType.Q8_0
    writer = gguf.GGUFWriter(target, reader.fields["general.architecture"].contents())
    for name, field in reader.fields.items():
        if not name.startswith("GGUF.") and name not in ("general.architecture", "general.file_type"):
            writer.add_key_value(name, field.contents(), field.types[0], field.types[-1])
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)
    for tensor in reader.tensors:
        if tensor.data.ndim == 2:
            writer.add_tensor(tensor.name, gguf.quants.quantize(tensor.data, kind), raw_dtype=kind)
        else:
            writer.add_tensor(tensor.name, tensor.data)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _references(folder: Path) -> dict[str, np.ndarray]:
    """The embeddings by name, and the scores as `ranking 0` and so on; empty where there is no set yet."""
    if not (folder / "cases.json").exists():
        return {}
    with np.load(folder / "reference_embeddings.npz") as embeddings:
        references = dict(embeddings)
    ranked = json.loads((folder / "cases.json").read_text(encoding="utf-8"))["reranking"]
    return references | {f"ranking {place}": np.array(case["scores"]) for place, case in enumerate(ranked)}


def _report(before: dict[str, np.ndarray], after: dict[str, np.ndarray]) -> None:
    for name, values in after.items():
        if name in before:
            _log.info("%s: differs by at most %.1e from before", name, np.abs(values - before[name]).max())
        else:
            _log.info("%s: new", name)


if __name__ == "__main__":
    main()
