"""Showing a conversation to whoever has a link: what is shown, the links, and copies for readers."""
