"""The filter that shows a message's text."""

from django import template
from django.utils.safestring import SafeString

from chat.markdown import render_markdown

register = template.Library()


@register.filter
def chat_markdown(text: str, message_id: object = "") -> SafeString:
    """Return the text's Markdown as safe HTML: ``{{ message.content|chat_markdown:message.id }}``.

    The id is needed where several messages are on a page: it keeps their footnotes apart.
    """
    return render_markdown(text, prefix=f"{message_id}-" if message_id else "")
