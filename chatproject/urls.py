"""Addresses of the demo site: home, accounts, admin, health, metrics, and the chat app under its prefix."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import TemplateView
from django.views.i18n import set_language

from chat.views.health import healthz, readyz
from chat.views.metrics import metrics

urlpatterns = [
    path("", TemplateView.as_view(template_name="home.html"), name="home"),
    path("chat/", include("chat.urls")),
    path("accounts/", include("chatproject.accounts.urls")),
    path("language/", set_language, name="set_language"),
    path("admin/", admin.site.urls),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
]
