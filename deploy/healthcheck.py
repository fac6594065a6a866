"""Ask the site of this container whether it is up; exits with 0 if it is."""

import os
import urllib.request

TIMEOUT_SECONDS = 4


def main() -> None:
    """Raise OSError, and so exit with 1, if the answer is not 200."""
    port = os.environ.get("PORT", "8000")
    # Django refuses every host that the site does not name, ours too.
    host = os.environ["ALLOWED_HOSTS"].split(",", 1)[0].strip().removeprefix(".")
    request = urllib.request.Request(f"http://127.0.0.1:{port}/healthz", headers={"Host": host})
    urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS).close()  # noqa: S310


if __name__ == "__main__":
    main()
