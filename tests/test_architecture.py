"""Keep the shape of the house: sizes, names, who imports what, and what a page may contain.

The direction of imports between packages is import-linter's (`make check`); here is what it cannot see.
"""

import ast
import re
from collections.abc import Iterator
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


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


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


@pytest.mark.parametrize("path", PYTHON + JAVASCRIPT, ids=name_of)
def test_a_file_can_be_read_in_one_sitting(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_FILE_LINES


@pytest.mark.parametrize("path", PYTHON, ids=name_of)
def test_a_function_fits_on_one_screen(path):
    too_long = {
        node.name: node.end_lineno - node.lineno + 1
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno >= MAX_FUNCTION_LINES
    }
    assert not too_long


def test_a_module_is_named_after_a_thing():
    named_after_nothing = [
        name_of(p) for p in PYTHON + JAVASCRIPT if {p.stem, p.parent.name} & FORBIDDEN_NAMES
    ]
    assert not named_after_nothing


@pytest.mark.parametrize("path", APP_PYTHON, ids=name_of)
def test_a_module_says_its_one_job_first(path):
    tree = tree_of(path)
    assert not tree.body or ast.get_docstring(tree)


@pytest.mark.parametrize("package", sorted(ALLOWED_IMPORTERS))
def test_a_vendor_package_has_one_place(package):
    importers = {
        name_of(p) for p in APP_PYTHON if imports_package(set(imported_modules(tree_of(p))), package)
    }
    assert importers <= ALLOWED_IMPORTERS[package]


def settings_read_by(path: Path) -> set[str]:
    tree = tree_of(path)
    if "django.conf.settings" not in set(imported_modules(tree)):
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
    readers = {name_of(path) for path in APP_PYTHON if settings_read_by(path) - {"AUTH_USER_MODEL"}}
    assert readers <= SETTINGS_READERS


@pytest.mark.parametrize("path", files("chat/protocol/*.py"), ids=name_of)
def test_the_protocol_knows_no_django(path):
    assert not imports_package(set(imported_modules(tree_of(path))), "django")


def test_the_app_never_knows_the_demo_site():
    assert not [
        name_of(p) for p in APP_PYTHON if imports_package(set(imported_modules(tree_of(p))), "chatproject")
    ]


@pytest.mark.parametrize("path", files("chat/runs/**/*.py"), ids=name_of)
def test_the_engine_sees_no_door(path):
    modules = set(imported_modules(tree_of(path)))
    assert not [package for package in FORBIDDEN_IN_RUNS if imports_package(modules, package)]


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_a_page_has_no_inline_script_or_style(path):
    html = path.read_text(encoding="utf-8")
    assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>", html, re.IGNORECASE)
    assert not re.search(r"<style\b|\sstyle\s*=|\son[a-z]+\s*=|javascript:", html, re.IGNORECASE)


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_a_page_marks_nothing_as_safe(path):
    assert not re.search(r"\|\s*safe(seq)?\b|{%\s*autoescape\s+off", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", [p for p in JAVASCRIPT if "tests" not in p.parts], ids=name_of)
def test_a_browser_module_never_parses_html_or_code(path):
    forbidden = (
        r"\b(innerHTML|outerHTML|insertAdjacentHTML|setHTMLUnsafe|createContextualFragment|DOMParser)\b"
        r"|document\.write|\beval\s*\(|new Function\b"
    )
    assert not re.findall(forbidden, without_comments(path.read_text(encoding="utf-8")))


def without_comments(source: str) -> str:
    """Drop block comments and whole-line comments; enough for rules about identifiers."""
    return re.sub(r"/\*.*?\*/|^\s*//[^\n]*", "", source, flags=re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("path", [p for p in JAVASCRIPT if "tests" not in p.parts], ids=name_of)
def test_a_browser_module_imports_as_hashed_static_files_need_it(path):
    """Django rewrites only relative imports with an extension that end in a semicolon."""
    source = without_comments(path.read_text(encoding="utf-8"))
    assert not re.search(r"^export\s[^;]*\sfrom\s", source, re.MULTILINE), "use import, then export"
    for statement in re.findall(r"^import\b(?!\s*\()[^;]*?[\"'][^\"'\n]+[\"'].?", source, re.MULTILINE):
        assert re.search(r"[\"']\.{1,2}/[^\"']+\.js[\"'];$", statement), statement
        side_effect = re.match(r"import\s*[\"']", statement)
        assert not side_effect or path.name == "main.js", f"{statement} belongs into main.js"
