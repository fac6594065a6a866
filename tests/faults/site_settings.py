"""The demo site with settings that a test changes: ``CHAT_CHANGES`` is a JSON object for the dict CHAT."""

import json
import os

from tests.site_settings import *  # noqa: F403
from tests.site_settings import CHAT

# With it on, Django keeps each query in memory: what is measured is the site as it is served.
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]
CHAT.update(json.loads(os.environ.get("CHAT_CHANGES", "{}")))
