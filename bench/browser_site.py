"""The demo site and a signed-in browser for the measurements in the browser."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parent.parent
START_SECONDS = 60
# Two messages each.
TURNS = 250
_SEED = """
from bench.browser_answer import answer
from chat.models import Conversation, Message
from django.contrib.auth import get_user_model
owner = get_user_model().objects.get(username="demo")
conversation = Conversation.objects.create(owner=owner, assistant="general", title="Long")
last = None
for number in range({turns}):
    for role in ("user", "assistant"):
        content = answer(1500) if role == "assistant" else f"Question {{number}}"
        last = Message.objects.create(conversation=conversation, parent=last, role=role, content=content)
conversation.active_leaf = last
conversation.save()
print(conversation.pk)
"""


class Site:
    """The site as a process with a database of its own."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}"
        self._environment = {
            **os.environ,
            "DEBUG": "1",
            "SECRET_KEY": "of a site that lives for some minutes on one machine, as nobody else",
            "DJANGO_SETTINGS_MODULE": "bench.browser_settings",
            "STATIC_FOLDER": str(folder / "static"),
            "ALLOWED_HOSTS": "127.0.0.1",
            "HTTPS": "0",
            "DATABASE_URL": f"sqlite:///{folder / 'site.sqlite3'}",
            "CHAT_FILES": str(folder / "files"),
            "CHAT_TURNS_PER_MINUTE": "0",
        }

    @contextmanager
    def running(self) -> Iterator["Site"]:
        """Have it answering until the end of the block."""
        self.manage("migrate", "--verbosity", "0")
        self.manage("demo_accounts")
        # As in production from here on: hashed and compressed files that a browser keeps.
        served = {**self._environment, "DEBUG": "0", "PORT": str(self._port), "WORKERS": "1"}
        collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
        subprocess.run(collect, cwd=ROOT, env=served, check=True)
        command = [sys.executable, "-m", "chatproject.serve"]
        quiet = subprocess.DEVNULL
        with subprocess.Popen(command, cwd=ROOT, env=served, stdout=quiet, stderr=quiet) as process:
            try:
                self._wait()
                yield self
            finally:
                process.terminate()

    def manage(self, *command: str) -> str:
        """Return what a management command says."""
        return subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=ROOT,
            env=self._environment,
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    def long_conversation(self) -> str:
        """Make a conversation of 500 messages; return its path."""
        said = self.manage("shell", "--verbosity", "0", "--command", _SEED.format(turns=TURNS))
        return f"/chat/c/{said.split()[-1]}/"

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(f"{self.url}/healthz", timeout=1)
            except OSError:
                time.sleep(0.1)
            else:
                return
        raise TimeoutError(self.url)


@contextmanager
def site() -> Iterator[Site]:
    """A running site that is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder, Site(Path(folder)).running() as running:
        yield running


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-background-networking", "--enable-precise-memory-info"],
        )
        yield browser
        browser.close()


@contextmanager
def member(browser: Browser, url: str) -> Iterator[Page]:
    """A page of the signed-in demo member."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(120_000)
    page = context.new_page()
    page.goto(f"{url}/accounts/login/?next=/chat/")
    page.fill("[name=username]", "demo")
    page.fill("[name=password]", "demo")
    page.press("[name=password]", "Enter")
    page.wait_for_selector("chat-page[data-ready]")
    yield page
    context.close()
