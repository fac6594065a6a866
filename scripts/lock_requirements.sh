#!/usr/bin/env bash
# Write requirements.lock and requirements-dev.lock from the pinned requirements, with hashes for every platform.
set -euo pipefail
cd "$(dirname "$0")/.."

.venv/bin/python -m venv .state/lock
.state/lock/bin/pip install --quiet "pip-tools>=7.5,<8"
for name in requirements requirements-dev; do
    # Only the public index: a local mirror would leave its address and its few hashes in the file.
    PIP_CONFIG_FILE=/dev/null env -u PIP_FIND_LINKS -u PIP_EXTRA_INDEX_URL -u PIP_INDEX_URL \
        .state/lock/bin/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe \
        --no-header --no-emit-index-url --no-emit-find-links \
        --output-file "$name.lock" "$name.txt"
done
