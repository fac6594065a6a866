#!/usr/bin/env bash
# Install what the tests drive and find missing: browsers, Redis, PostgreSQL, nginx, Node, a Korean font.
# Give names to install only those: install_test_services.sh node
set -euo pipefail

has() { command -v "$1" >/dev/null 2>&1 || [[ -x "/usr/sbin/$1" ]]; }

missing_packages() {
    local name
    for name in "$@"; do
        case "$name" in
            headless) has chromium-headless-shell || echo chromium-headless-shell ;;
            browser) has chromium || echo chromium ;;
            firefox) has firefox-esr || has firefox || echo firefox-esr ;;
            redis) has redis-server || echo redis-server ;;
            postgres) compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || has initdb || echo postgresql ;;
            nginx) has nginx || echo nginx-light ;;
            node) has node || echo nodejs; has npm || echo npm ;;
            emoji) compgen -G '/usr/share/fonts/*/noto/NotoColorEmoji*' >/dev/null || echo fonts-noto-color-emoji ;;
            gettext) has msgfmt || echo gettext ;;
            font) compgen -G '/usr/share/fonts/*/noto/NotoSansCJK*' >/dev/null || echo fonts-noto-cjk ;;
            *) echo "Unknown service: $name" >&2; exit 2 ;;
        esac
    done
}

if [[ $# -eq 0 ]]; then
    set -- headless firefox redis postgres nginx node font
fi
packages="$(missing_packages "$@")"
if [[ -z "$packages" ]]; then
    exit 0
fi
mapfile -t packages <<<"$packages"

if ! has apt-get; then
    echo "The tests need: ${packages[*]}. This machine has no apt-get; please install them." >&2
    exit 1
fi
as_root=()
if [[ "$(id -u)" -ne 0 ]]; then
    if ! has sudo || ! sudo -n true 2>/dev/null; then
        echo "The tests need: ${packages[*]}. Please run: sudo apt-get install ${packages[*]}" >&2
        exit 1
    fi
    as_root=(sudo -n)
fi

echo "Installing for the tests: ${packages[*]}"
# The tests start their own servers on free ports; the packages must not start theirs.
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
