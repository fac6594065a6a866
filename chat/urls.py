"""Addresses of the app, under the prefix that the site gives it."""

from django.urls import path

from chat.views import (
    assistants,
    attachments,
    bulk,
    conversations,
    exports,
    feed,
    imports,
    messages,
    options,
    pages,
    prompts,
    runs,
    search,
    shared,
    shares,
    sharing,
    your_data,
)
from chat.views.states import pages as states

app_name = "chat"

urlpatterns = [
    # Pages of one conversation, and without one.
    path("", pages.index, name="index"),
    path("c/<uuid:conversation>/", pages.conversation, name="conversation"),
    path("c/<uuid:conversation>/act/", pages.act, name="conversation-act"),
    path("c/<uuid:conversation>/options/", options.page, name="conversation-options"),
    path("c/<uuid:conversation>/share/", sharing.page, name="conversation-share"),
    # Pages of the member, and of whoever has a link.
    path("search/", search.search_page, name="search"),
    path("prompts/", prompts.prompts_page, name="prompts-page"),
    path("data/", your_data.page, name="data"),
    path("data/import/", your_data.importing, name="data-import"),
    path("data/delete/", your_data.deletion, name="data-delete"),
    path("data/shares/<uuid:share>/revoke/", sharing.revocation, name="share-revoke"),
    path("shared/<str:token>/", shared.page, name="shared"),
    path("shared/<str:token>/copy/", shared.copy, name="shared-copy"),
    path("_states/", states.index, name="states"),
    path("_states/<slug:state>/", states.state, name="state"),
    # What a tab hears, and may choose from.
    path("api/feed/", feed.feed, name="feed"),
    path("api/assistants/", assistants.collection, name="assistants"),
    path("api/prompts/", prompts.collection, name="prompts"),
    path("api/prompts/<uuid:prompt>/", prompts.item, name="prompt"),
    # Conversations, their messages and runs.
    path("api/conversations/", conversations.collection, name="conversations"),
    path("api/conversations/bulk/", bulk.collection, name="conversations-bulk"),
    path("api/conversations/<uuid:conversation>/", conversations.item, name="conversation-item"),
    path("api/conversations/<uuid:conversation>/restore/", conversations.restoration, name="restore"),
    path("api/conversations/<uuid:conversation>/seen/", conversations.seen, name="seen"),
    path("api/conversations/<uuid:conversation>/messages/", messages.collection, name="messages"),
    path("api/conversations/<uuid:conversation>/export/", exports.conversation, name="conversation-export"),
    path("api/search/", search.collection, name="search-api"),
    path("api/messages/<uuid:message>/", messages.item, name="message"),
    path("api/messages/<uuid:message>/regenerate/", messages.regeneration, name="regenerate"),
    path("api/messages/<uuid:message>/continue/", messages.continuation, name="continue"),
    path("api/messages/<uuid:message>/select/", messages.selection, name="select"),
    path("api/messages/<uuid:message>/branch/", messages.branch, name="branch"),
    path("api/messages/<uuid:message>/feedback/", messages.feedback, name="feedback"),
    path("api/attachments/", attachments.collection, name="attachments"),
    path("api/attachments/<uuid:attachment>/", attachments.item, name="attachment"),
    path("api/runs/<uuid:run>/events/", runs.events, name="run-events"),
    path("api/runs/<uuid:run>/cancel/", runs.cancellation, name="run-cancel"),
    path("api/runs/<uuid:run>/report/", runs.experience, name="run-report"),
    # What members take along, bring and show.
    path("api/export/", exports.everything, name="export"),
    path("api/import/", imports.collection, name="import"),
    path("api/shares/", shares.collection, name="shares"),
    path("api/shares/<uuid:share>/", shares.item, name="share-item"),
]
