"""A chat with a model for any Django site: durable runs, streamed answers, nothing lost."""

__version__ = "0.1.0"
