"""What the chat page costs at first sight, compressed; and what waits until it is used."""

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import brotli

STATIC = Path(__file__).parent.parent / "chat" / "static"
SITE_STYLE = Path(__file__).parent.parent / "static" / "site" / "site.css"
TEMPLATES = Path(__file__).parent.parent / "chat" / "templates" / "chat"
MAIN = STATIC / "chat" / "js" / "main.js"
# Beside it, on every page that shows messages.
READING = STATIC / "chat" / "js" / "reading.js"

MAX_SCRIPT_BYTES = 40_000
MAX_STYLE_BYTES = 10_000
# Who reads a page may never open a dialog, and most answers have no formula.
NEVER_AT_FIRST = (
    "dialog",
    "help",
    "highlight",
    "katex",
    "marked",
    "markdown",
    "shortcuts",
    "keyboard",
    "composer-extras",
    "attention",
    "viewport",
    "stretches",
)

COMMENT = re.compile(r"/\*.*?\*/|^\s*//[^\n]*", re.DOTALL | re.MULTILINE)
STATIC_IMPORT = re.compile(r"^import\b(?!\s*\()[^;]*?[\"']([^\"'\n]+)[\"'];", re.MULTILINE)
LATER_IMPORT = re.compile(r"\bimport\(\s*[\"']([^\"'\n]+)[\"']\s*\)")


def imports_of(module: Path, pattern: re.Pattern[str]) -> Iterator[Path]:
    source = COMMENT.sub("", module.read_text(encoding="utf-8"))
    yield from ((module.parent / name).resolve() for name in pattern.findall(source))


def loaded_with(module: Path) -> set[Path]:
    """Return the module and everything that comes with it."""
    found: set[Path] = set()
    waiting = [module]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting.extend(imports_of(one, STATIC_IMPORT))
    return found


def compressed_bytes(files: set[Path]) -> int:
    """Return what a server sends: each file by itself, as no build joins them."""
    return sum(len(gzip.compress(file.read_bytes(), 9)) for file in files)


def test_the_scripts_of_the_first_sight_are_light() -> None:
    weights = {file.name: compressed_bytes({file}) for file in loaded_with(MAIN) | loaded_with(READING)}

    assert sum(weights.values()) <= MAX_SCRIPT_BYTES, sorted(weights.items(), key=lambda item: -item[1])


def test_what_comes_with_the_page_is_asked_for_at_once() -> None:
    named = re.findall(r'static "([^"]+\.js)"', (TEMPLATES / "_preloads.html").read_text(encoding="utf-8"))

    assert {STATIC / name for name in named} == loaded_with(MAIN) - {MAIN}


def test_the_style_sheets_of_the_page_are_light() -> None:
    named = re.findall(r'static "([^"]+\.css)"', (TEMPLATES / "_styles.html").read_text(encoding="utf-8"))
    sheets = {STATIC / name for name in named}

    assert compressed_bytes(sheets) <= MAX_STYLE_BYTES
    # With the demo site's own one, as its server sends them to a browser that signs in over HTTPS.
    assert sum(len(brotli.compress(one.read_bytes())) for one in sheets | {SITE_STYLE}) <= MAX_STYLE_BYTES
    assert ".css" not in (TEMPLATES / "page.html").read_text(encoding="utf-8")


def test_what_is_used_later_is_loaded_later() -> None:
    at_first = loaded_with(MAIN)

    assert not [file.name for file in at_first if file.stem.startswith(NEVER_AT_FIRST)]


def test_every_module_that_is_loaded_later_exists() -> None:
    modules = [*(STATIC / "chat" / "js").rglob("*.js")]
    later = {target for module in modules for target in imports_of(module, LATER_IMPORT)}

    assert later
    assert not [str(target) for target in later if not target.exists()]


def test_no_module_is_dead() -> None:
    """Every module is reached from a page, at first or later."""
    pages = "".join(page.read_text(encoding="utf-8") for page in TEMPLATES.rglob("*.html"))
    reached: set[Path] = set()
    waiting = {STATIC / name for name in re.findall(r'static "([^"]+\.js)"', pages)}
    while waiting:
        known = set().union(*(loaded_with(module) for module in waiting))
        waiting = {later for module in known - reached for later in imports_of(module, LATER_IMPORT)} - known
        reached |= known

    modules = {file.resolve() for file in (STATIC / "chat" / "js").rglob("*.js")}
    assert sorted(module.name for module in modules - reached) == []
