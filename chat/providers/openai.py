"""Answers from any server that speaks OpenAI's Chat Completions; the only file that imports openai."""

import asyncio
import base64
import logging
import random
from collections.abc import AsyncGenerator
from typing import Any
from urllib.parse import urlsplit

import httpx2
import openai

from chat.exceptions import ProviderRejected, ProviderTimeout, ProviderUnavailable, RunError
from chat.providers.base import Chunk, Prompt, PromptImage, PromptMessage, Provider
from chat.providers.openai_answer import Answer
from chat.providers.openai_connection import HEADERS, new_http_client
from chat.providers.openai_errors import ParameterRefused

logger = logging.getLogger(__name__)

OPENAI_BASE_URL = "https://api.openai.com/v1"
# A server that asks for a longer pause gets no retry: the member decides.
MAX_RETRY_PAUSE_SECONDS = 5.0
FIRST_RETRY_PAUSE_SECONDS = 0.25
# What asks a model to go on, where its text so far stands as its last message.
_GO_ON = (
    "Your answer above was cut off by a technical fault. Go on from exactly where it stops, even in the "
    "middle of a word or of code. Repeat nothing, and do not mention the interruption."
)
# What we send on our own account, and can do without or call otherwise.
_DISPENSABLE_PARAMETERS = frozenset({"stream_options", "store", "max_tokens", "max_completion_tokens"})


class OpenAIProvider(Provider):
    """Streams answers over one pool of connections per event loop.

    ``read_timeout_seconds`` bounds every silence, before the first byte and between two;
    ``max_retries`` bounds the new attempts, which are made only before the first byte of an answer.
    """

    vendor = "openai"

    def __init__(
        self,
        *,
        model_name: str,
        api_key: str = "",
        base_url: str = "",
        connect_timeout_seconds: float = 5.0,
        read_timeout_seconds: float = 60.0,
        max_retries: int = 2,
        max_answer_characters: int = 200_000,
    ) -> None:
        self.model_name = model_name
        self._api_key = api_key
        self._base_url = base_url or OPENAI_BASE_URL
        self._is_openai = urlsplit(self._base_url).hostname == urlsplit(OPENAI_BASE_URL).hostname
        self._timeout = httpx2.Timeout(read_timeout_seconds, connect=connect_timeout_seconds)
        self._max_retries = max_retries
        self._max_answer_characters = max_answer_characters
        self._clients: dict[asyncio.AbstractEventLoop, openai.AsyncOpenAI] = {}
        # What the server turned out not to know.
        self._refused_parameters: set[str] = set()

    @property
    def is_configured(self) -> bool:
        """OpenAI itself wants a key; servers without accounts do not."""
        return bool(self.model_name and (self._api_key or not self._is_openai))

    def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk]:
        """Yield text, one finish, and the usage if the server counted it; see ``Provider.stream``."""
        return Answer(
            lambda: self._open(prompt),
            trace_id=prompt.trace_id,
            max_answer_characters=self._max_answer_characters,
        )

    async def aclose(self) -> None:
        """Close the connections of the running event loop."""
        if client := self._clients.pop(asyncio.get_running_loop(), None):
            await client.close()

    async def _open(self, prompt: Prompt) -> httpx2.Response:
        attempts_left = self._max_retries
        pause_seconds = FIRST_RETRY_PAUSE_SECONDS
        while True:
            outcome = await self._attempt(prompt)
            if isinstance(outcome, httpx2.Response):
                return outcome
            logger.warning("The provider gave no answer: %s [trace %s]", outcome, prompt.trace_id)
            if self._can_do_without(outcome):
                continue
            wanted_seconds = outcome.retry_after_seconds or pause_seconds * random.uniform(0.8, 1.2)  # noqa: S311
            # Another wait as long as the one that was in vain helps nobody.
            is_worth_it = outcome.retryable and not isinstance(outcome, ProviderTimeout)
            if not is_worth_it or not attempts_left or wanted_seconds > MAX_RETRY_PAUSE_SECONDS:
                # The frames of the vendor's client hold the key in their variables.
                raise outcome.with_traceback(None)
            attempts_left -= 1
            pause_seconds *= 2
            await asyncio.sleep(wanted_seconds)

    async def _attempt(self, prompt: Prompt) -> httpx2.Response | RunError:
        """Return the open response, or why there is none, with no exception of the vendor's attached."""
        try:
            # Not by way of ``chat.completions.create``, which walks through every message to transform it:
            # 3 ms of the event loop for 20 messages and 25 for 200, where this takes half of one.
            client = self._client()
            stream = await client.post(
                # Whole: the client would put it together each time.
                f"{client.base_url}chat/completions",
                cast_to=object,
                body=self._request(prompt),
                options={"headers": _headers(prompt)},
                stream=True,
                stream_cls=openai.AsyncStream[object],
            )
        except RunError as error:
            return error
        except openai.APITimeoutError:
            return ProviderTimeout("no response in time")
        except openai.APIConnectionError as error:
            return ProviderUnavailable(f"no connection: {type(error.__cause__).__name__}")
        except (openai.OpenAIError, httpx2.InvalidURL, ValueError) as error:
            return ProviderRejected(f"the request cannot be sent: {type(error).__name__}")
        return stream.response

    def _can_do_without(self, error: RunError) -> bool:
        """Remember a parameter that the server refused; true if there is reason to ask without it."""
        if not isinstance(error, ParameterRefused) or error.parameter not in _DISPENSABLE_PARAMETERS:
            return False
        is_news = error.parameter not in self._refused_parameters
        self._refused_parameters.add(error.parameter)
        return is_news

    def _request(self, prompt: Prompt) -> dict[str, Any]:
        request: dict[str, Any] = {
            "model": prompt.model or self.model_name,
            "messages": _messages(prompt),
            "stream": True,
            "stream_options": {"include_usage": True},
            self._limit_parameter(): prompt.max_output_tokens,
        }
        if self._is_openai:
            # OpenAI may keep conversations by default; other servers may refuse to be told not to.
            request["store"] = False
        known = {name: value for name, value in request.items() if name not in self._refused_parameters}
        return {**known, **prompt.parameters}

    def _limit_parameter(self) -> str:
        # OpenAI's newer models refuse the old name; most other servers know only that.
        names = (
            ("max_completion_tokens", "max_tokens")
            if self._is_openai
            else ("max_tokens", "max_completion_tokens")
        )
        return names[1] if names[0] in self._refused_parameters else names[0]

    def _client(self) -> openai.AsyncOpenAI:
        loop = asyncio.get_running_loop()
        if loop not in self._clients:
            # A connection belongs to its event loop; of loops that ended there is nothing left to close.
            self._clients = {
                known: client for known, client in self._clients.items() if not known.is_closed()
            }
            self._clients[loop] = openai.AsyncOpenAI(
                # The client insists on a key; servers without accounts ignore it.
                api_key=self._api_key or "none",
                base_url=self._base_url,
                max_retries=0,
                timeout=self._timeout,
                http_client=new_http_client(self._timeout),
                default_headers=HEADERS,
            )
        return self._clients[loop]


def _headers(prompt: Prompt) -> dict[str, str]:
    place = {"traceparent": prompt.traceparent} if prompt.traceparent else {}
    return {"X-Client-Request-Id": prompt.trace_id, **place}


def _messages(prompt: Prompt) -> list[dict[str, Any]]:
    messages = [{"role": message.role, "content": _content(message)} for message in prompt.messages]
    if prompt.continues:
        messages.append({"role": "assistant", "content": prompt.continues})
        messages.append({"role": "user", "content": _GO_ON})
    return messages


def _content(message: PromptMessage) -> str | list[dict[str, Any]]:
    """Return a text as it is: servers that know no images need not know of parts either."""
    if not message.images:
        return message.content
    text = [{"type": "text", "text": message.content}] if message.content else []
    return [*text, *({"type": "image_url", "image_url": {"url": _data_url(one)}} for one in message.images)]


def _data_url(image: PromptImage) -> str:
    return f"data:{image.media_type};base64,{base64.b64encode(image.content).decode()}"
