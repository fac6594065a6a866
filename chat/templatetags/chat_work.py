"""The tags that show what led to an answer: its steps above its text, its sources below it."""

from collections.abc import Mapping
from typing import Any

from django import template

from chat.markdown.links import host_of, safe_address
from chat.protocol.work import decode_work

register = template.Library()


@register.inclusion_tag("chat/_steps.html")
def chat_steps(work: Mapping[str, Any] | None) -> dict[str, Any]:
    """Show reasoning and steps, folded: ``{% chat_steps message.work %}``."""
    steps = decode_work(work).steps
    took_ms = sum(step.duration_ms or 0 for step in steps)
    return {
        "steps": [{"step": step, "seconds": _seconds(step.duration_ms)} for step in steps],
        "seconds": round(took_ms / 1000),
    }


@register.inclusion_tag("chat/_sources.html")
def chat_sources(work: Mapping[str, Any] | None) -> dict[str, Any]:
    """Show sources as numbered chips, and their passages: ``{% chat_sources message.work %}``."""
    sources = []
    for source in decode_work(work).sources:
        address = safe_address(source.url)
        sources.append({"source": source, "address": address, "host": host_of(address)})
    return {"sources": sources}


def _seconds(duration_ms: int | None) -> str:
    return f"{duration_ms / 1000:.1f}" if duration_ms else ""
