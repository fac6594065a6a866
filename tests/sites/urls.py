"""Addresses of a host site: the app under a prefix of the site's own, and signing in."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path

from chat.views.health import healthz, readyz

urlpatterns = [
    path("help/desk/", include("chat.urls")),
    path("login/", LoginView.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("healthz", healthz),
    path("readyz", readyz),
]
