#!/usr/bin/env bash
# Collect the texts of app and demo site into their .po files, and compile these. Give a language to begin one: fr
set -euo pipefail
cd "$(dirname "$0")/.."
python="$PWD/${BIN:-.venv/bin}/python"
[[ -x "$python" ]] || python="$(command -v python)"
scripts/install_test_services.sh gettext

languages=("$@")
[[ ${#languages[@]} -gt 0 ]] || mapfile -t languages < <(basename -a chat/locale/*/)
locales=()
for language in "${languages[@]}"; do
    mkdir -p "chat/locale/$language/LC_MESSAGES" "locale/$language/LC_MESSAGES"
    locales+=(--locale "$language")
done

# Line numbers would change in every commit; the files are enough to find a text.
collect=("$python" "$PWD/manage.py" makemessages "${locales[@]}" --no-obsolete --add-location file --no-wrap)
(cd chat && "${collect[@]}")
"${collect[@]}" --ignore 'chat/*' --ignore 'tests/*' --ignore 'bench/*' --ignore 'node_modules/*' \
    --ignore 'staticfiles/*' --ignore '.*'
# The time of collecting says nothing either.
sed -i '/^"POT-Creation-Date/d' chat/locale/*/LC_MESSAGES/django.po locale/*/LC_MESSAGES/django.po
# In the app's folder it compiles both.
(cd chat && "$python" ../manage.py compilemessages "${locales[@]}")
