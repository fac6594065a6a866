"""What an answer used, and what that cost."""

from decimal import Decimal

from chat.conf import chat_settings
from chat.protocol.events import TokenUsage
from chat.providers.base import Prompt, UsageChunk
from chat.runs.prompt import prompt_tokens
from chat.token_estimate import estimate_tokens

TOKENS_PER_PRICE = Decimal(1_000_000)


def usage_of(
    prompt: Prompt,
    text: str,
    counted: UsageChunk | None,
    *,
    model: str,
    attempt: int = 1,
    inherited_characters: int = 0,
) -> TokenUsage:
    """Return the provider's count, or our estimate where it gave none, with the cost at today's price.

    A stopped stream never has a count: vendors send it last. Of an answer that was continued, the
    attempts before the last one are estimated: each was sent the prompt, all of the text is paid once.
    Its first ``inherited_characters`` are paid already, as output of another run.
    """
    said_tokens = estimate_tokens(prompt.continues[inherited_characters:])
    earlier_input_tokens = (prompt_tokens(prompt) - said_tokens) * (attempt - 1)
    input_tokens = counted.input_tokens if counted else prompt_tokens(prompt)
    output_tokens = counted.output_tokens if counted else estimate_tokens(text[len(prompt.continues) :])
    input_tokens += earlier_input_tokens
    output_tokens += said_tokens
    return TokenUsage(
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        accuracy="exact" if counted and attempt == 1 else "estimated",
        cost=cost_of(model, input_tokens, output_tokens),
    )


def cost_of(model: str, input_tokens: int, output_tokens: int) -> str | None:
    """Return what so many tokens cost in dollars, at today's price; none for a model without one."""
    prices = chat_settings().PRICES.get(model)
    if prices is None:
        return None
    per_input, per_output = (Decimal(str(price)) for price in prices)
    return f"{(input_tokens * per_input + output_tokens * per_output) / TOKENS_PER_PRICE:.6f}"
