"""Personas: who answers, with which model and instructions; read from YAML files."""

from chat.assistants.loading import get_assistant, load_assistants
from chat.assistants.persona import Assistant, render_system_prompt

__all__ = ["Assistant", "get_assistant", "load_assistants", "render_system_prompt"]
