"""A real Chromium on a real server; tests speak the product's language."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    StorageState,
    ViewportSize,
    expect,
    sync_playwright,
)

from tests.e2e.chat_page import ChatPage
from tests.serving import Site

DESKTOP: ViewportSize = {"width": 1280, "height": 800}
# What comes at once may come late on a machine that does other things as well.
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("browser")


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with Site(tmp_path_factory.mktemp("site"), {"CHAT_MODELS": "echo,echo-large"}).running() as site:
        yield site


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        # Chromium without the browser around it: what draws its windows takes more time than the pages.
        path = shutil.which("chromium-headless-shell")
        assert path, "scripts/install_test_services.sh installs it"
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def membership(browser: Browser, site: Site) -> StorageState:
    """What a browser keeps of having signed in; doing so in each test took a third of the time."""
    context = browser.new_context()
    ChatPage(context.new_page(), site.url).sign_in()
    kept = context.storage_state()
    context.close()
    return kept


@pytest.fixture
def context(browser: Browser, membership: StorageState) -> Iterator[BrowserContext]:
    """A browser of the signed-in demo member."""
    context = browser.new_context(viewport=DESKTOP, storage_state=membership)
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


@pytest.fixture
def visitor(browser: Browser) -> Iterator[BrowserContext]:
    """A browser of somebody who is not signed in."""
    context = browser.new_context(viewport=DESKTOP)
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


@pytest.fixture
def chat(context: BrowserContext, site: Site) -> Iterator[ChatPage]:
    """A new conversation of the signed-in demo member."""
    page = ChatPage(context.new_page(), site.url)
    page.open()
    yield page
    assert page.faults == []
