"""Markdown of stored messages to safe HTML."""

from chat.markdown.rendering import render_markdown

__all__ = ["render_markdown"]
