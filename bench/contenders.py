"""What is compared: a running server, and the streams that it can be asked for."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from bench.http_client import Request
from bench.member import Member
from bench.processes import Server
from bench.streaming import EventStream, SocketStream, Stream

Streams = Callable[[str, int], Awaitable[Sequence[Stream]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """A server with a name; ``streams`` makes so many that answer a script."""

    key: str
    name: str
    server: Server
    streams: Streams
    # What works for it in processes of their own.
    behind: Sequence[Server] = ()

    def cpu_seconds(self) -> float:
        """Return the processor time of the server itself."""
        return self.server.cpu_seconds()

    def behind_cpu_seconds(self) -> float:
        """Return the processor time of its databases."""
        return sum(server.cpu_seconds() for server in self.behind)


def site_by_events(
    key: str, name: str, server: Server, member: Member, behind: Sequence[Server]
) -> Contender:
    """The demo site: a turn in a new conversation for each stream, as its page posts it."""

    async def streams(script: str, number: int) -> Sequence[Stream]:
        return [member.turn(one, script) for one in await member.new_conversations(number)]

    return Contender(key=key, name=name, server=server, streams=streams, behind=behind)


def site_by_socket(
    key: str, name: str, server: Server, member: Member, behind: Sequence[Server]
) -> Contender:
    """The same over the WebSocket door, a socket for each conversation."""

    async def streams(script: str, number: int) -> Sequence[Stream]:
        return [member.turn_by_socket(one, script) for one in await member.new_conversations(number)]

    return Contender(key=key, name=name, server=server, streams=streams, behind=behind)


def completions(key: str, name: str, server: Server) -> Contender:
    """The model's own interface: through a proxy, or the model itself."""

    async def streams(script: str, number: int) -> Sequence[Stream]:
        messages = [{"role": "user", "content": script}]
        body = {"model": "scripted", "stream": True, "messages": messages}
        request = Request(port=server.port, path="/v1/chat/completions", body=body)
        return [EventStream(request=request)] * number

    return Contender(key=key, name=name, server=server, streams=streams)


def event_streams(port: int) -> Streams:
    """Ask a peer that answers ``POST /chat`` with Server-Sent Events."""

    async def streams(script: str, number: int) -> Sequence[Stream]:
        return [EventStream(request=Request(port=port, path="/chat", body={"content": script}))] * number

    return streams


def socket_streams(port: int) -> Streams:
    """Ask a peer that answers a frame to ``/ws`` with frames."""

    async def streams(script: str, number: int) -> Sequence[Stream]:
        return [SocketStream(port=port, path="/ws", question={"content": script})] * number

    return streams
