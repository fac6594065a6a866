#!/usr/bin/env bash
# Serve the site as in production: migrate, collect static files, then uvicorn until SIGTERM.
set -euo pipefail
cd "$(dirname "$0")/.."

export DEBUG=0
export ALLOWED_HOSTS="${ALLOWED_HOSTS:-localhost,127.0.0.1,[::1]}"

if [[ -z "${SECRET_KEY:-}" ]]; then
    # A trial on one's own machine needs no preparation, and signed-in members survive a restart.
    key_file=.state/secret_key
    if [[ ! -s "$key_file" ]]; then
        mkdir -p .state
        (umask 077 && python -c 'import secrets; print(secrets.token_urlsafe(50))' >"$key_file")
    fi
    SECRET_KEY="$(<"$key_file")"
    export SECRET_KEY
    echo "SECRET_KEY is not set: using $key_file. Set it before others can reach this site." >&2
fi

# An image has its static files, and one container migrates for all (Dockerfile, compose.yaml).
if [[ -z "${IS_PREPARED:-}" ]]; then
    python manage.py migrate --verbosity 0
    python manage.py collectstatic --noinput --verbosity 0
fi

exec python -m chatproject.serve
