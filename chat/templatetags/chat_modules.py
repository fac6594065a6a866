"""The addresses of modules that scripts import."""

from django import template
from django.contrib.staticfiles.storage import staticfiles_storage
from django.templatetags.static import PrefixNode, static

register = template.Library()


@register.simple_tag
def chat_module(name: str) -> str:
    """Return where another module imports this one from, so that a preload fetches the same file.

    Storages that put hashes into names leave those in imports plain, unless they were told to rewrite them:
    ``{% static %}`` would name a second copy, which the browser loads besides.
    """
    are_imports_rewritten = getattr(staticfiles_storage, "support_js_module_import_aggregation", True)
    return static(name) if are_imports_rewritten else PrefixNode.handle_simple("STATIC_URL") + name
