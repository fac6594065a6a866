"""Reads the text of a PDF in a process of its own, which may take no more than it is given.

A PDF is a program for its reader: one of a few kilobytes can ask for gigabytes, or for an hour.
"""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Trouble = Literal["missing", "encrypted", "damaged", "empty"]

_WORKER = Path(__file__).with_name("pdf_worker.py")
TIMEOUT_SECONDS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class PdfText:
    """What could be read; ``trouble`` says why there is nothing."""

    text: str = ""
    is_cut: bool = False
    trouble: Trouble | None = None


def is_pdf(content: bytes) -> bool:
    """True for what readers take for one: the mark may come a little later than at the beginning."""
    return b"%PDF-" in content[:1024]


def read_pdf(content: bytes, *, most_characters: int) -> PdfText:
    """Return the text of a PDF, cut at so many characters. Blocks for up to TIMEOUT_SECONDS."""
    command = [sys.executable, "-I", str(_WORKER), str(most_characters), str(TIMEOUT_SECONDS)]
    try:
        done = subprocess.run(  # noqa: S603 - our own script, and the file goes in as its input
            command, input=content, capture_output=True, timeout=TIMEOUT_SECONDS, check=True
        )
        found = json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return PdfText(trouble="damaged")
    return PdfText(text=found["text"], is_cut=found["is_cut"], trouble=found["trouble"])
