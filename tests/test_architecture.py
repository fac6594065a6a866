"""Keep the shape of the house: sizes, names, who imports what, and what a page may contain.

The direction of imports between packages is import-linter's (`make check`); here is what it cannot see.
"""

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 40
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers"}
SCRIPTS = ROOT / "chat/static/chat/js"

ALLOWED_IMPORTERS = {
    "openai": {"chat/providers/openai.py"},
    "redis": {"chat/eventlog/redis.py"},
    "channels": {"chat/consumers.py", "chat/routing.py"},
    "prometheus_client": {"chat/metrics/instruments.py", "chat/metrics/exposition.py"},
    "opentelemetry": {"chat/tracing.py"},
}
SETTINGS_READERS = {"chat/conf.py", "chat/checks.py"}
# `runs` answers turns; it must not know through which door they came.
FORBIDDEN_IN_RUNS = ("django.http", "django.template", "django.views", "django.urls", "django.shortcuts")


def files(*patterns: str) -> list[Path]:
    """Return the project's own files, in a stable order."""
    found = {path for pattern in patterns for path in ROOT.glob(pattern)}
    return sorted(path for path in found if not {"node_modules", "vendor", "migrations"} & set(path.parts))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


PYTHON = files("chat/**/*.py", "chatproject/**/*.py", "tests/**/*.py", "bench/**/*.py", "manage.py")
APP_PYTHON = [path for path in PYTHON if name_of(path).startswith("chat/")]
JAVASCRIPT = files("chat/static/**/*.js", "static/**/*.js", "tests/js/**/*.js")
TEMPLATES = files("chat/**/templates/**/*.html", "templates/**/*.html")
SERVED_JAVASCRIPT = [path for path in JAVASCRIPT if "tests" not in path.parts]


@cache
def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def tree_of(path: Path) -> ast.Module:
    return ast.parse(text_of(path), filename=str(path))


def fault_in(paths: Iterable[Path], find: Callable[[Path], object]) -> dict[str, object]:
    """Return what is found, by the name of the file: a test for each file would take longer than the look."""
    return {name_of(path): found for path in paths if (found := find(path))}


@cache
def modules_of(path: Path) -> set[str]:
    return set(imported_modules(tree_of(path)))


def imported_modules(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def imports_package(modules: set[str], package: str) -> bool:
    return any(module == package or module.startswith(f"{package}.") for module in modules)


def test_the_house_is_where_these_tests_look():
    assert APP_PYTHON
    assert TEMPLATES


def test_a_file_can_be_read_in_one_sitting():
    def count(path: Path) -> int:
        return len(text_of(path).splitlines())

    assert not fault_in(PYTHON + JAVASCRIPT, lambda path: count(path) > MAX_FILE_LINES and count(path))


def long_functions(path: Path) -> dict[str, int]:
    return {
        node.name: node.end_lineno - node.lineno + 1
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno >= MAX_FUNCTION_LINES
    }


@pytest.mark.slow
def test_a_function_fits_on_one_screen():
    assert not fault_in(PYTHON, long_functions)


def test_a_module_is_named_after_a_thing():
    named_after_nothing = [
        name_of(p) for p in PYTHON + JAVASCRIPT if {p.stem, p.parent.name} & FORBIDDEN_NAMES
    ]
    assert not named_after_nothing


def test_a_module_says_its_one_job_first():
    assert not fault_in(APP_PYTHON, lambda path: tree_of(path).body and not ast.get_docstring(tree_of(path)))


@pytest.mark.parametrize("package", sorted(ALLOWED_IMPORTERS))
def test_a_vendor_package_has_one_place(package):
    importers = fault_in(APP_PYTHON, lambda path: imports_package(modules_of(path), package))
    assert importers.keys() <= ALLOWED_IMPORTERS[package]


def settings_read_by(path: Path) -> set[str]:
    tree = tree_of(path)
    if "django.conf.settings" not in modules_of(path):
        return set()
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "settings"
    }


def test_only_conf_and_checks_read_the_settings():
    # Naming the user model is how Django wants a foreign key to it written.
    readers = fault_in(APP_PYTHON, lambda path: settings_read_by(path) - {"AUTH_USER_MODEL"})
    assert readers.keys() <= SETTINGS_READERS


def test_the_protocol_knows_no_django():
    assert not fault_in(files("chat/protocol/*.py"), lambda path: imports_package(modules_of(path), "django"))


def test_the_app_never_knows_the_demo_site():
    assert not fault_in(APP_PYTHON, lambda path: imports_package(modules_of(path), "chatproject"))


def test_the_engine_sees_no_door():
    def doors(path: Path) -> list[str]:
        return [package for package in FORBIDDEN_IN_RUNS if imports_package(modules_of(path), package)]

    assert not fault_in(files("chat/runs/**/*.py"), doors)


def test_a_page_has_no_inline_script_or_style():
    inline = r"<script(?![^>]*\bsrc=)[^>]*>|<style\b|\sstyle\s*=|\son[a-z]+\s*=|javascript:"
    assert not fault_in(TEMPLATES, lambda path: re.search(inline, text_of(path), re.IGNORECASE))


def test_a_page_marks_nothing_as_safe():
    unsafe = r"\|\s*safe(seq)?\b|{%\s*autoescape\s+off"
    assert not fault_in(TEMPLATES, lambda path: re.search(unsafe, text_of(path)))


def test_a_browser_module_never_parses_html_or_code():
    forbidden = (
        r"\b(innerHTML|outerHTML|insertAdjacentHTML|setHTMLUnsafe|createContextualFragment|DOMParser)\b"
        r"|document\.write|\beval\s*\(|new Function\b"
    )
    assert not fault_in(
        SERVED_JAVASCRIPT, lambda path: re.findall(forbidden, without_comments(text_of(path)))
    )


def without_comments(source: str) -> str:
    """Drop block comments and whole-line comments; enough for rules about identifiers."""
    return re.sub(r"/\*.*?\*/|^\s*//[^\n]*", "", source, flags=re.DOTALL | re.MULTILINE)


def unhashable_imports(path: Path) -> list[str]:
    source = without_comments(text_of(path))
    found = re.findall(r"^export\s[^;]*\sfrom\s", source, re.MULTILINE)
    for statement in re.findall(r"^import\b(?!\s*\()[^;]*?[\"'][^\"'\n]+[\"'].?", source, re.MULTILINE):
        is_hashed = re.search(r"[\"']\.{1,2}/[^\"']+\.js[\"'];$", statement)
        # What is imported for its effect belongs into main.js.
        if not is_hashed or (re.match(r"import\s*[\"']", statement) and path.name != "main.js"):
            found.append(statement)
    return found


def test_a_browser_module_imports_as_hashed_static_files_need_it():
    """Django rewrites only relative imports with an extension that end in a semicolon."""
    assert not fault_in(SERVED_JAVASCRIPT, unhashable_imports)
