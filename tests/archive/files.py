"""Files that members hand in, good ones and others."""

import io
import json
import zipfile
from typing import Any


def own(*messages: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return a conversation in our format; by default a question and its answer."""
    given = messages or (
        {"role": "user", "content": "Why?"},
        {"role": "assistant", "content": "Because.", "parent": 1},
    )
    return {
        "format": "chat.conversation",
        "version": 1,
        "title": "A reason",
        "assistant": "general",
        "created_at": "2024-05-01T10:00:00+00:00",
        "updated_at": "2024-05-02T10:00:00+00:00",
        "shown": len(given),
        "messages": [
            {
                "number": number,
                "parent": None,
                "created_at": f"2024-05-01T10:00:{number % 60:02}+00:00",
                **one,
            }
            for number, one in enumerate(given, start=1)
        ],
        **changes,
    }


def node(parent: str | None, role: str = "user", text: Any = "hello", **message: Any) -> dict[str, Any]:
    """Return a node of ChatGPT's mapping."""
    content = text if isinstance(text, dict) else {"content_type": "text", "parts": [text]}
    said = {"author": {"role": role}, "content": content, "create_time": 1714557600.5, **message}
    return {"parent": parent, "children": [], "message": said}


def chatgpt(mapping: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return one of ChatGPT's conversations."""
    return {
        "title": "Trees",
        "create_time": 1714557600.0,
        "update_time": 1714557700.0,
        "mapping": {"root": {"parent": None, "children": [], "message": None}, **mapping},
        "current_node": list(mapping)[-1],
        **changes,
    }


def packed(files: dict[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a ZIP of these files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def written(value: Any) -> bytes:
    """Return a value as JSON."""
    return json.dumps(value).encode()


def naming(*places: Any, role: str = "user", names: list[str] | None = None) -> bytes:
    """Return a conversation whose one message names files at these places."""
    called = names or [f"{number}.txt" for number, _ in enumerate(places)]
    return written(own({"role": role, "content": "Look", "attachments": called, "files": list(places)}))


def zipped(files: dict[str, bytes], *places: Any, **said: Any) -> bytes:
    """Return a ZIP of these files and a conversation that names them, or names other places."""
    return packed({**files, "conversations/a.json": naming(*(places or files), **said)})
