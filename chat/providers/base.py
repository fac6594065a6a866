"""The port that a model vendor's adapter fills: a prompt goes in, chunks come out."""

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from chat.protocol.events import Source, Step

Role = Literal["system", "user", "assistant", "tool"]
FinishReason = Literal["stop", "length", "content_filter", "tool_calls"]


# Vendors count an image by its size, from a hundred tokens to two thousand.
IMAGE_TOKENS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptImage:
    """An image that a member sent: PNG, JPEG, GIF or WebP."""

    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptMessage:
    """One message of a prompt; images are there only for models that can look at them."""

    role: Role
    content: str
    images: Sequence[PromptImage] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """What a provider is asked: the messages, oldest first, and how to answer.

    ``model`` may be empty: the provider then uses its own default. ``parameters`` are the assistant's,
    such as ``temperature``; ``max_output_tokens`` bounds the answer. ``trace_id`` goes with the request,
    and so does ``traceparent``, the header of W3C Trace Context.
    ``continues`` is the text of an answer that broke off: the provider is to give what comes after it.
    ``purpose`` says what the answer is for: nobody watches how a title comes.
    """

    messages: Sequence[PromptMessage]
    max_output_tokens: int
    model: str = ""
    continues: str = ""
    parameters: Mapping[str, float | int | str | bool] = field(default_factory=dict)
    trace_id: str = ""
    traceparent: str = ""
    purpose: Literal["answer", "title"] = "answer"


class TextChunk(NamedTuple):
    """More of the answer's text. A tuple, because each token makes one."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageChunk:
    """What the provider counted, in tokens."""

    input_tokens: int
    output_tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishChunk:
    """The provider says that the answer is complete, and why it ended."""

    reason: FinishReason


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasoningChunk:
    """More of what the model says to itself before it answers."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepChunk:
    """Something was begun, or done, that is not the answer's text; the same id updates a step."""

    step: Step


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcesChunk:
    """What the answer is taken from; replaces the sources that were given before."""

    sources: Sequence[Source]


Chunk = TextChunk | UsageChunk | FinishChunk | ReasoningChunk | StepChunk | SourcesChunk


class PushedChunks(AsyncGenerator[Chunk, None]):
    """Chunks that need not be waited for: a task that wakes for each token costs more than the token."""

    @abstractmethod
    async def push(self, hear: Callable[[Chunk], None]) -> None:
        """Have chunks heard in the call that reads them from the network.

        Returns, at the finish at the latest, when the rest is to be had by iterating. Raises what iterating
        raises, and what ``hear`` does.
        """


class Provider(ABC):
    """An adapter to one vendor; one instance serves a whole process.

    Adapters get their ``OPTIONS`` from the settings as keyword arguments.
    """

    # Shown to operators and put on runs that do not name a model.
    model_name: str = ""
    # Who answers, in metrics and traces: a value of OpenTelemetry's gen_ai.provider.name, or an own word.
    vendor: str = "custom"
    # False if it is asked for no titles, whatever the setting says.
    gives_titles: bool = True

    @property
    def is_configured(self) -> bool:
        """False if it lacks an option without which nobody answers. Asks nobody."""
        return True

    @abstractmethod
    def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        """Yield the answer's chunks.

        An answer is complete only after a ``FinishChunk``; a ``UsageChunk`` may come before or after it.
        A stream that ends without one raises ``ProviderUnavailable``. Closing the iterator, or cancelling
        while it is awaited, closes the connection to the vendor at once. What is returned may be
        ``PushedChunks``.

        Raises a ``RunError`` and no vendor's exception.
        """

    async def aclose(self) -> None:
        """Release what the adapter holds, such as a connection pool."""
