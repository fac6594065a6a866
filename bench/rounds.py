"""One round: a load on one server, and what it cost that server's processor."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bench.checking import Findings
from bench.http_client import Post
from bench.load import read_streams, script
from bench.member import Member
from bench.processes import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How many streams, how fast, how long."""

    streams: int
    tokens_per_second: float
    seconds: float

    @property
    def tokens(self) -> int:
        """Tokens of one answer."""
        return int(self.tokens_per_second * self.seconds)

    @property
    def script(self) -> str:
        """What is asked of the scripted model."""
        return script(tokens=self.tokens, rate=self.tokens_per_second)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """A server, and the requests that it takes for a load."""

    name: str
    server: Server
    posts: Callable[[Shape], Awaitable[list[Post]]]
    # What works for it in processes of their own.
    behind: Server | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one round found; times are microseconds of processor time per token that arrived."""

    name: str
    cpu_us_per_token: float
    behind_us_per_token: float
    findings: Findings

    def as_json(self) -> dict[str, object]:
        """Return what a result file keeps of it."""
        times = {"cpu_us_per_token": self.cpu_us_per_token, "behind_us_per_token": self.behind_us_per_token}
        return {"name": self.name, **times, **self.findings.as_json()}


async def run_round(contender: Contender, shape: Shape) -> Round:
    """Measure whole answers, from the first request to the last byte; the preparations do not count."""
    posts = await contender.posts(shape)
    before = _cpu_seconds(contender)
    findings = Findings()
    await read_streams(posts, findings, tokens=shape.tokens, rate=shape.tokens_per_second)
    after = _cpu_seconds(contender)
    spent, behind = (
        (late - early) / max(1, findings.tokens) * 1e6 for early, late in zip(before, after, strict=True)
    )
    return Round(
        name=contender.name,
        cpu_us_per_token=round(spent, 1),
        behind_us_per_token=round(behind, 1),
        findings=findings,
    )


def our_site(server: Server, member: Member, database: Server) -> Contender:
    """The demo site: a turn in a new conversation for each stream, as its page posts it."""

    async def posts(shape: Shape) -> list[Post]:
        return await member.new_turns(shape.script, number=shape.streams)

    return Contender(name="chat (everything on)", server=server, posts=posts, behind=database)


def fastapi_view(server: Server) -> Contender:
    """The minimal view that only passes the text on."""

    async def posts(shape: Shape) -> list[Post]:
        return [Post(port=server.port, path="/chat", body={"content": shape.script})] * shape.streams

    return Contender(name="FastAPI + AsyncOpenAI", server=server, posts=posts)


def nginx_proxy(server: Server) -> Contender:
    """The model's own stream, through a proxy."""

    async def posts(shape: Shape) -> list[Post]:
        messages = [{"role": "user", "content": shape.script}]
        body = {"model": "scripted", "stream": True, "messages": messages}
        return [Post(port=server.port, path="/v1/chat/completions", body=body)] * shape.streams

    return Contender(name="nginx", server=server, posts=posts)


def _cpu_seconds(contender: Contender) -> tuple[float, float]:
    behind = contender.behind.cpu_seconds() if contender.behind else 0.0
    return contender.server.cpu_seconds(), behind
