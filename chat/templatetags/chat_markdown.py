"""The filter that shows a message's text."""

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from chat.markdown import render_markdown
from chat.markdown.rendered import Asked, RenderedMessages

register = template.Library()

# Some hundreds of answers, and at most 16 MB where they are Korean: half of what a page costs.
_rendered = RenderedMessages(most_characters=4_000_000)


@register.filter
def chat_markdown(text: str, message_id: object = "") -> SafeString:
    """Return the text's Markdown as safe HTML: ``{{ message.content|chat_markdown:message.id }}``.

    The id is needed where several messages are on a page: it keeps their footnotes apart.
    """
    prefix = f"{message_id}-" if message_id else ""
    asked = Asked(text=text, prefix=prefix, language=get_language())
    known = _rendered.get(asked)
    if known is None:
        known = render_markdown(text, prefix=prefix)
        _rendered.keep(asked, known)
    return known
