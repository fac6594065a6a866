"""The peers, each in the way that people really write it, in an environment of their own."""

import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from shutil import which

from bench.chainlit_client import chainlit_streams
from bench.contenders import Contender, Streams, event_streams, socket_streams
from bench.processes import ROOT, Server, free_port, running

# One process, and otherwise as people serve it.
UVICORN = ("python", "-m", "uvicorn", "--no-access-log", "--host", "127.0.0.1", "--port", "{port}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """How a peer is started and asked; ``command`` begins with a program of its environment."""

    name: str
    command: tuple[str, ...]
    streams: Callable[[int], Streams] = event_streams


def _uvicorn(name: str, application: str, *, streams: Callable[[int], Streams] = event_streams) -> Peer:
    return Peer(name=name, command=(*UVICORN, f"bench.peers.{application}"), streams=streams)


PEERS = {
    "fastapi": _uvicorn("FastAPI SSE, AsyncOpenAI", "fastapi_openai:app"),
    "fastapi-ws": _uvicorn("FastAPI WebSocket, text so far", "fastapi_socket:app", streams=socket_streams),
    "langchain": _uvicorn("FastAPI SSE, LangChain", "fastapi_langchain:app"),
    "threads": _uvicorn("FastAPI SSE, synchronous generator", "fastapi_threads:app"),
    "express": Peer(name="Express SSE, openai", command=("node", "bench/peers/express/server.js")),
    "django": _uvicorn("Django SSE, AsyncOpenAI", "django_openai:application"),
    "channels": _uvicorn("Channels, AsyncOpenAI", "channels_consumer:application", streams=socket_streams),
    "chainlit": Peer(
        name="Chainlit",
        command=("chainlit", "run", "bench/peers/chainlit_app.py", "--headless", "--port", "{port}"),
        streams=chainlit_streams,
    ),
}


def start(stack: ExitStack, key: str, model: Server, *, environment: Path, core: int) -> Contender:
    """Start one of them; the stack ends it. Raises RuntimeError if it is not installed."""
    peer = PEERS[key]
    port = free_port()
    folders = f"{environment / 'bin'}:{os.environ['PATH']}"
    program, *arguments = (part.format(port=port) for part in peer.command)
    binary = which(program, path=folders)
    if binary is None:
        raise RuntimeError(f"{program} is not installed; `make bench` installs it into {environment}")
    # Chainlit writes its files where it is told to.
    files = environment / "files"
    files.mkdir(exist_ok=True)
    variables = {
        "OPENAI_BASE_URL": f"http://127.0.0.1:{model.port}/v1",
        "OPENAI_API_KEY": "none",
        "PATH": folders,
        "PORT": str(port),
        "PYTHONPATH": str(ROOT),
        "NODE_ENV": "production",
        "NODE_PATH": str(environment / "express" / "node_modules"),
        "CHAINLIT_APP_ROOT": str(files),
    }
    server = stack.enter_context(running([binary, *arguments], port=port, environment=variables, core=core))
    return Contender(key=key, name=peer.name, server=server, streams=peer.streams(port))
