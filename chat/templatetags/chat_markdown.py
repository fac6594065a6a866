"""The filter that shows a message's text."""

from django import template
from django.utils.safestring import SafeString

from chat.markdown import render_markdown

register = template.Library()


@register.filter
def chat_markdown(text: str) -> SafeString:
    """Return the text's Markdown as safe HTML."""
    return render_markdown(text)
