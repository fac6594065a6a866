"""The process that reads one PDF: from its input, to one JSON object. It imports nothing of the app."""

import io
import json
import sys
from typing import Any

MOST_MEMORY_BYTES = 1024 * 1024 * 1024
MOST_PAGES = 500


def extract(content: bytes, most_characters: int) -> dict[str, Any]:
    """Return the text, whether it was cut, and what was in the way."""
    try:
        import pypdf
        from pypdf.errors import DependencyError, FileNotDecryptedError
    except ImportError:
        return found(trouble="missing")
    texts: list[str] = []
    length = 0
    try:
        reader = pypdf.PdfReader(io.BytesIO(content))
        # Many are encrypted with an empty password, and open without being asked for one.
        if reader.is_encrypted and not reader.decrypt(""):
            return found(trouble="encrypted")
        pages = len(reader.pages)
        for page in reader.pages[:MOST_PAGES]:
            texts.append(page.extract_text().strip())
            length += len(texts[-1])
            if length > most_characters:
                break
    except (DependencyError, FileNotDecryptedError):
        return found(trouble="encrypted")
    except Exception:  # noqa: BLE001 - a hostile file finds every way to break a parser
        return found(trouble="damaged")
    text = clean("\n\n".join(one for one in texts if one))
    if not text.strip():
        return found(trouble="empty")
    return found(text=text[:most_characters], is_cut=len(text) > most_characters or pages > len(texts))


def bound(cpu_seconds: int) -> None:
    """Take no more time and memory than that, where the system can see to it."""
    try:
        import resource
    except ImportError:
        # Windows: the reader's patience bounds the time, and nothing the memory.
        return
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY_BYTES, MOST_MEMORY_BYTES))


def clean(text: str) -> str:
    """Drop what no database takes."""
    return text.replace("\0", "").encode("utf-8", "ignore").decode()


def found(*, text: str = "", is_cut: bool = False, trouble: str | None = None) -> dict[str, Any]:
    """Return the answer's object."""
    return {"text": text, "is_cut": is_cut, "trouble": trouble}


if __name__ == "__main__":
    most, seconds = int(sys.argv[1]), int(sys.argv[2])
    bound(seconds)
    json.dump(extract(sys.stdin.buffer.read(), most), sys.stdout)
