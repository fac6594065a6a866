"""The demo site as an ASGI application: HTTP to Django, WebSockets to the chat app's consumer."""

import gc
import os

from django.core.asgi import get_asgi_application

from chatproject.tracing import send_traces

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatproject.settings")
send_traces()
django_application = get_asgi_application()

# Importing these needs a ready app registry, which the line above provides.
from channels.routing import ProtocolTypeRouter  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.signals import request_started  # noqa: E402
from django.db import close_old_connections, reset_queries  # noqa: E402

from chat.asgi import ChatASGI  # noqa: E402
from chatproject.sockets import sockets  # noqa: E402

if not settings.DEBUG:
    # Each request would change threads for them before anybody looks at it. Connections are looked at when
    # requests end, too, and queries are kept for developers alone.
    request_started.disconnect(close_old_connections)
    request_started.disconnect(reset_queries)

application = ChatASGI(ProtocolTypeRouter({"http": django_application, "websocket": sockets}))

# What is loaded by now lives as long as the process: the collector need not look at it again and again.
gc.collect()
gc.freeze()
