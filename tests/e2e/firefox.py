"""Firefox, driven over WebDriver BiDi: its own protocol, so that no driver has to be installed beside it."""

import json
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

LISTENING = re.compile(r"WebDriver BiDi listening on (ws://\S+)")
ENTER, ESCAPE = "\ue007", "\ue00c"
START_SECONDS = 120.0
WAIT_SECONDS = 120.0
# No first-run pages, no calls home.
PREFERENCES = {
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "app.update.enabled": False,
}


class Firefox:
    """One tab; values come as JSON, and keys are pressed as a member presses them."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._number = 0
        self._command("session.new", {"capabilities": {}})
        tree = self._command("browsingContext.getTree", {})
        self._tab = tree["contexts"][0]["context"]

    def open(self, url: str) -> None:
        """Load an address and wait for it."""
        self._command("browsingContext.navigate", {"context": self._tab, "url": url, "wait": "complete"})

    def reload(self) -> None:
        """Load the page anew."""
        self._command("browsingContext.reload", {"context": self._tab, "wait": "complete"})

    def value(self, expression: str) -> Any:
        """Return what an expression is worth in the page."""
        answer = self._command(
            "script.evaluate",
            {
                "expression": f"JSON.stringify({expression})",
                "target": {"context": self._tab},
                "awaitPromise": True,
            },
        )
        assert answer["type"] == "success", answer
        return json.loads(answer["result"].get("value", "null"))

    def wait_until(self, expression: str, holds: Callable[[Any], bool] = bool) -> Any:
        """Return the expression's value as soon as it holds."""
        deadline = time.monotonic() + WAIT_SECONDS
        while not holds(found := self.value(expression)):
            assert time.monotonic() < deadline, (expression, found)
            time.sleep(0.05)
        return found

    def press(self, keys: str) -> None:
        """Press one key after the other."""
        pressed = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self._command(
            "input.performActions",
            {"context": self._tab, "actions": [{"type": "key", "id": "keys", "actions": pressed}]},
        )

    def type_into(self, selector: str, text: str) -> None:
        """Set the focus and press the text's keys."""
        self.wait_until(f"document.querySelector({json.dumps(selector)})?.focus() ?? true")
        self.press(text)

    def _command(self, method: str, parameters: dict[str, Any]) -> Any:
        self._number += 1
        self._connection.send(json.dumps({"id": self._number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._connection.recv(timeout=WAIT_SECONDS))
            if message.get("id") == self._number:
                assert message["type"] == "success", message
                return message["result"]


@contextmanager
def running_firefox(folder: Path) -> Iterator[Firefox]:
    """Start Firefox with a profile of its own."""
    path = shutil.which("firefox-esr") or shutil.which("firefox")
    assert path, "scripts/install_test_services.sh installs Firefox"
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in PREFERENCES.items()]
    (folder / "user.js").write_text("\n".join(lines))
    log = folder / "firefox.log"
    arguments = ["--headless", "--no-remote", "--profile", str(folder), "--remote-debugging-port", "0"]
    with log.open("wb") as output:
        process = subprocess.Popen([path, *arguments], stdout=output, stderr=output)
    try:
        # A message of the protocol may hold a screenshot or a long page; there is no bound to it.
        address = f"{_address(process, log)}/session"
        with connect(address, max_size=None, compression=None, open_timeout=START_SECONDS) as connection:
            yield Firefox(connection)
    finally:
        process.terminate()
        process.wait(timeout=START_SECONDS)


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + START_SECONDS
    while not (found := LISTENING.search(log.read_text(errors="replace"))):
        assert process.poll() is None, log.read_text(errors="replace")
        assert time.monotonic() < deadline, log.read_text(errors="replace")
        time.sleep(0.05)
    return found[1]
