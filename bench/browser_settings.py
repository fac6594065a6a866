"""The demo site's settings, with a provider that tells a long answer of Markdown very quickly."""

import os

from chatproject.settings import *  # noqa: F403
from chatproject.settings import CHAT

STATIC_ROOT = os.environ["STATIC_FOLDER"]

CHAT["PROVIDER"] = {"BACKEND": "bench.browser_answer.MarkdownProvider"}
