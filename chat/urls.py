"""Addresses of the app, under the prefix that the site gives it."""

from django.urls import path

from chat.views import assistants, attachments, conversations, messages, pages, prompts, runs

app_name = "chat"

urlpatterns = [
    path("", pages.index, name="index"),
    path("c/<uuid:conversation>/", pages.conversation, name="conversation"),
    path("c/<uuid:conversation>/rename/", pages.rename, name="conversation-rename"),
    path("c/<uuid:conversation>/delete/", pages.delete, name="conversation-delete"),
    path("api/assistants/", assistants.collection, name="assistants"),
    path("api/conversations/", conversations.collection, name="conversations"),
    path("api/conversations/<uuid:conversation>/", conversations.item, name="conversation-item"),
    path("api/conversations/<uuid:conversation>/restore/", conversations.restoration, name="restore"),
    path("api/conversations/<uuid:conversation>/seen/", conversations.seen, name="seen"),
    path("api/conversations/<uuid:conversation>/messages/", messages.collection, name="messages"),
    path("api/messages/<uuid:message>/", messages.item, name="message"),
    path("api/messages/<uuid:message>/regenerate/", messages.regeneration, name="regenerate"),
    path("api/messages/<uuid:message>/continue/", messages.continuation, name="continue"),
    path("api/messages/<uuid:message>/select/", messages.selection, name="select"),
    path("api/messages/<uuid:message>/branch/", messages.branch, name="branch"),
    path("api/messages/<uuid:message>/feedback/", messages.feedback, name="feedback"),
    path("prompts/", prompts.prompts_page, name="prompts-page"),
    path("api/attachments/", attachments.collection, name="attachments"),
    path("api/attachments/<uuid:attachment>/", attachments.item, name="attachment"),
    path("api/prompts/", prompts.collection, name="prompts"),
    path("api/prompts/<uuid:prompt>/", prompts.item, name="prompt"),
    path("api/runs/<uuid:run>/events/", runs.events, name="run-events"),
    path("api/runs/<uuid:run>/cancel/", runs.cancellation, name="run-cancel"),
    path("api/runs/<uuid:run>/report/", runs.experience, name="run-report"),
]
