"""The demo site's settings, with a provider that tells a long answer of Markdown very quickly."""

from chatproject.settings import *  # noqa: F403
from chatproject.settings import CHAT

CHAT["PROVIDER"] = {"BACKEND": "bench.browser_answer.MarkdownProvider"}
