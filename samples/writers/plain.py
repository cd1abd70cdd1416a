"""Formats that are text all the way: text, RTF, CSV, JSON, notebooks."""

import csv
import io
import json


def text(content: str, *, encoding: str = "utf-8") -> bytes:
    """The text without the line break after its opening quotes; utf-16 is little-endian with a mark."""
    stripped = content.lstrip("\n")
    if encoding == "utf-16":
        return b"\xff\xfe" + stripped.replace("\n", "\r\n").encode("utf-16-le")  # as Notepad saves it
    return stripped.encode(encoding)


def rtf(content: str) -> bytes:
    blocks = [block.replace("\n", " ") for block in content.strip().split("\n\n")]
    body = "\\par\\par\n".join(_rtf_escaped(block) for block in blocks)
    return (r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0 Georgia;}}\f0\fs22 " + body + "\\par\n}\n").encode("ascii")


def csv_text(rows: list[list[str]]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows(rows)
    return buffer.getvalue().encode()


def json_text(value: object) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def notebook(cells: list[tuple[str, str]]) -> bytes:
    """A Jupyter notebook of ("markdown" or "code", source) cells that nobody has run."""
    return json_text(
        {
            "cells": [_cell(kind, source, number) for number, (kind, source) in enumerate(cells, start=1)],
            "metadata": {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
    )


def _cell(kind: str, source: str, number: int) -> dict[str, object]:
    cell = {"cell_type": kind, "id": f"cell-{number}", "metadata": {}, "source": source.splitlines(keepends=True)}
    return cell | ({"execution_count": None, "outputs": []} if kind == "code" else {})


def _rtf_escaped(content: str) -> str:
    content = content.replace("\\", r"\\").replace("{", r"\{").replace("}", r"\}")
    return "".join(char if ord(char) < 128 else f"\\u{ord(char)}?" for char in content)
