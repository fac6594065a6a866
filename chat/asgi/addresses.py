"""Which requests are the app's own: limits of the app must not fall on the site's other pages."""

import re
from functools import lru_cache

from django.core.handlers.asgi import get_script_prefix as script_prefix_of
from django.urls import NoReverseMatch, Resolver404, get_script_prefix, resolve, reverse
from django.utils import translation

from chat.asgi.interface import Scope

# Addresses that differ in their ids lead to the same view: one look stands for all of them.
MOST_REMEMBERED = 500
LONGEST_PATH = 500
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_ANY_ID = "0" * 8 + "-0000" * 3 + "-" + "0" * 12


class OwnAddresses:
    """The addresses under the prefix where the site mounts ``chat.urls``, found when first needed.

    Under ``i18n_patterns`` each language has its own prefix. A site that swaps its URLconf for a request
    is known by its ``ROOT_URLCONF`` alone.
    """

    def __init__(self) -> None:
        self._prefixes: dict[str | None, str | None] = {}
        self._is_anothers = lru_cache(MOST_REMEMBERED)(_is_anothers)

    def has(self, scope: Scope) -> bool:
        """True if an HTTP request goes to the app, also to an address that it does not have."""
        path = str(scope["path"]).removeprefix(script_prefix_of(scope))
        language = translation.get_language_from_path(path)
        if language not in self._prefixes:
            self._prefixes[language] = _prefix(language)
        prefix = self._prefixes[language]
        if prefix is None or not path.startswith(prefix):
            return False
        if len(path) > LONGEST_PATH:
            return not _is_anothers(path, language)
        return not self._is_anothers(_ID.sub(_ANY_ID, path), language)


def _prefix(language: str | None) -> str | None:
    with translation.override(language):
        try:
            return "/" + reverse("chat:index").removeprefix(get_script_prefix())
        except NoReverseMatch:
            return None


def _is_anothers(path: str, language: str | None) -> bool:
    # A site may mount the app at its root, or something of its own below the app.
    with translation.override(language):
        try:
            return "chat" not in resolve(path).app_names
        except Resolver404:
            return False
