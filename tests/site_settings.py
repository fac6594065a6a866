"""The demo site as tests have it: what takes half a second by design, the hash of a password, takes none.

The settings of a test that changes more are built on these.
"""

from chatproject.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
