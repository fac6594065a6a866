"""A server process that a test may end, freeze and start again on the same port."""

import os
import signal
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

from bench.processes import Server, running


class Service:
    """Stops for good at the end of a ``with`` block, whatever state a test left it in."""

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        port: int,
        user: str | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        self.port = port
        self._command = command
        self._user = user
        self._stop_signal = stop_signal
        self._stack = ExitStack()
        self._server: Server | None = None

    def start(self) -> None:
        """Start it and wait until it listens; again is nothing."""
        if self._server is None:
            self._server = self._stack.enter_context(
                running(self._command, port=self.port, user=self._user, stop_signal=self._stop_signal)
            )

    def stop(self) -> None:
        """End it in order, and wait for that."""
        self.resume()
        self._server = None
        self._stack.close()

    def restart(self) -> None:
        """End it in order and start it again."""
        self.stop()
        self.start()

    def kill(self) -> None:
        """End it as a power cut would."""
        self._signal(signal.SIGKILL)
        self._server = None
        self._stack.close()

    def pause(self) -> None:
        """Freeze it: connections stay, nothing is answered."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on where it was frozen."""
        self._signal(signal.SIGCONT)

    def heal(self) -> None:
        """Bring it back, whatever was done to it."""
        self.resume()
        self.start()

    def _signal(self, number: signal.Signals) -> None:
        for pid in self._server.pids() if self._server else ():
            with suppress(ProcessLookupError):
                os.kill(pid, number)
