"""Which requests the wrapper takes for the app's own, however a site mounts it."""

from collections.abc import Sequence
from typing import Any

import pytest
from django.conf.urls.i18n import i18n_patterns
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from pytest_django import Settings

from chat.asgi.addresses import OwnAddresses


def other(request: HttpRequest) -> HttpResponse:
    raise AssertionError("no request is made here")


APP = include("chat.urls")


class Elsewhere:
    urlpatterns = [path("talk/", APP), path("upload/", other)]


class AtTheRoot:
    urlpatterns = [path("upload/", other), path("", APP), path("api/own/", other)]


class AroundSomethingElse:
    urlpatterns = [path("chat/upload/", other), path("chat/", APP)]


class InLanguages:
    urlpatterns = [*i18n_patterns(path("chat/", APP)), path("upload/", other)]


class InLanguagesButTheFirst:
    urlpatterns = i18n_patterns(path("chat/", APP), prefix_default_language=False)


class Nowhere:
    urlpatterns = [path("chat/", other)]


@pytest.mark.parametrize(
    ("urlconf", "own", "others"),
    [
        (
            Elsewhere,
            ["/talk/", "/talk/api/conversations/", "/talk/no-such-page"],
            ["/", "/upload/", "/talking/"],
        ),
        (AtTheRoot, ["/", "/api/conversations/", "/no-such-page"], ["/upload/", "/api/own/"]),
        (AroundSomethingElse, ["/chat/api/conversations/"], ["/chat/upload/"]),
        (InLanguages, ["/en/chat/api/conversations/", "/ko/chat/"], ["/upload/", "/chat/", "/fr/chat/"]),
        (InLanguagesButTheFirst, ["/chat/api/conversations/", "/ko/chat/"], ["/fr/chat/"]),
        (Nowhere, [], ["/", "/chat/"]),
    ],
)
def test_the_apps_addresses_are_found_where_it_is_mounted(
    settings: Settings, urlconf: Any, own: Sequence[str], others: Sequence[str]
) -> None:
    settings.ROOT_URLCONF = urlconf
    addresses = OwnAddresses()

    found = [address for address in [*own, *others] if addresses.has({"path": address})]

    assert found == own


def test_a_site_may_live_below_a_path_of_its_server(settings: Settings) -> None:
    settings.ROOT_URLCONF = Elsewhere

    assert OwnAddresses().has({"path": "/below/talk/", "root_path": "/below"})
    assert not OwnAddresses().has({"path": "/below/upload/", "root_path": "/below"})


def test_a_script_name_that_is_forced_changes_nothing(settings: Settings) -> None:
    settings.ROOT_URLCONF = Elsewhere
    settings.FORCE_SCRIPT_NAME = "/below"

    assert OwnAddresses().has({"path": "/talk/"})
