"""What a conversation is called: its first words at once, a title by the model after the first answer."""

import asyncio
import logging
import re
from contextlib import aclosing
from decimal import Decimal

from django.db import transaction
from django.db.models import F

from chat.conf import chat_settings
from chat.database import TRANSIENT_ERRORS, in_database
from chat.exceptions import RunError
from chat.models import Conversation, Run, Usage
from chat.providers.base import Prompt, PromptMessage, Provider, TextChunk, UsageChunk
from chat.runs.accounting import cost_of
from chat.search.indexing import index_title

FIRST_WORDS_CHARACTERS = 40
TITLE_CHARACTERS = 60
# Of the question and of the answer: their beginnings say what it is about.
READ_CHARACTERS = 2_000
# A title takes twenty; some models think before they say it.
MOST_TOKENS = 400
TITLE_SECONDS = 30
# Members wait for answers, and not for titles: these leave the provider to them.
MOST_AT_ONCE = 4

INSTRUCTIONS = (
    "You give conversations their titles. You are shown how one begins. Answer with a title alone: at most"
    " six words, in the language of the conversation, without quotes, without markup, without a full stop."
)
_MARKUP = re.compile(r"<[^>]*>|[*_`#~]+|^\s*(?:[-+>]|title\s*:)\s*", re.IGNORECASE)
_AROUND = " \t.。\"'“”‘’„«»「」『』"

logger = logging.getLogger("chat.runs")


class Titles:
    """Asks the provider for titles, a few at a time, when answers have ended."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._turns = asyncio.Semaphore(MOST_AT_ONCE)

    def wants(self, run: Run) -> bool:
        """True if this run gave a conversation its first answer, and nobody has given that a title."""
        if not (chat_settings().TITLES and self._provider.gives_titles):
            return False
        question, conversation = run.message.parent, run.conversation
        return (
            run.status == Run.Status.COMPLETED
            and question is not None
            and question.parent_id is None
            and bool(run.message.content.strip())
            and not (conversation.title_is_own or conversation.temporary)
            and conversation.title == title_from(question.content)
        )

    async def give(self, run: Run) -> None:
        """Ask for a title and store it, unless the member has been quicker; a failure is only logged."""
        try:
            async with self._turns, asyncio.timeout(TITLE_SECONDS):
                said, counted = await self._ask(run)
        except (RunError, TimeoutError) as error:
            logger.info("no title for conversation %s (%s)", run.conversation_id, type(error).__name__)
            return
        except Exception:
            logger.exception("no title for conversation %s", run.conversation_id)
            return
        try:
            await in_database(record_title, run, cleaned_title(said), counted)
        except TRANSIENT_ERRORS as error:
            logger.warning("title of %s not stored (%s)", run.conversation_id, type(error).__name__)

    async def _ask(self, run: Run) -> tuple[str, UsageChunk | None]:
        said = ""
        counted = None
        async with aclosing(self._provider.stream(_prompt(run))) as chunks:
            async for chunk in chunks:
                if isinstance(chunk, TextChunk) and len(said) < READ_CHARACTERS:
                    said += chunk.text
                elif isinstance(chunk, UsageChunk):
                    counted = chunk
        return said, counted


@transaction.atomic
def record_title(run: Run, title: str, counted: UsageChunk | None) -> None:
    """Store what the model said and what that used; a title that is no longer the first words stays."""
    conversation = run.conversation
    untouched = Conversation.objects.filter(pk=conversation.pk, title=conversation.title, title_is_own=False)
    if title and untouched.change(title=title):
        conversation.title = title
        index_title(conversation)
    if counted is not None:
        cost = cost_of(run.model, counted.input_tokens, counted.output_tokens)
        Usage.objects.filter(run=run).update(
            input_tokens=F("input_tokens") + counted.input_tokens,
            output_tokens=F("output_tokens") + counted.output_tokens,
            # What has no price has none with the title either.
            cost=F("cost") + Decimal(cost or 0),
        )


def title_from(content: str) -> str:
    """Return the first words of a text, short enough for a list."""
    return _cut(" ".join(content.strip().split("\n", 1)[0].split()), FIRST_WORDS_CHARACTERS)


def cleaned_title(said: str) -> str:
    """Return the first line that says something, without what models put around it."""
    printable = "".join(character if character.isprintable() else "\n" for character in said)
    for line in printable.split("\n"):
        title = " ".join(_MARKUP.sub("", line).split()).strip(_AROUND)
        if title:
            return _cut(title, TITLE_CHARACTERS)
    return ""


def _prompt(run: Run) -> Prompt:
    question = run.message.parent
    asked = question.content[:READ_CHARACTERS] if question else ""
    answered = run.message.content[:READ_CHARACTERS]
    beginning = f"<question>\n{asked}\n</question>\n<answer>\n{answered}\n</answer>"
    return Prompt(
        messages=(
            PromptMessage(role="system", content=INSTRUCTIONS),
            PromptMessage(role="user", content=beginning),
        ),
        model=run.model,
        max_output_tokens=MOST_TOKENS,
        trace_id=run.trace_id,
        purpose="title",
    )


def _cut(text: str, characters: int) -> str:
    return text if len(text) <= characters else text[: characters - 1].rstrip() + "…"
