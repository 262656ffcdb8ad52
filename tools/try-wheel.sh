#!/usr/bin/env bash
# Installs a wheel into an empty environment far from the checkout and uses it: try-wheel.sh dist/tuimon-*.whl
set -euo pipefail

wheel=$(realpath "$1")
python=$(sh "$(dirname "${BASH_SOURCE[0]}")/find-python.sh")
work=$(mktemp -d)
socket=$work/tmux.socket
# shellcheck disable=SC2064  # the folder is known now
trap "tmux -S '$socket' kill-server 2>/dev/null || true; rm -rf '$work'" EXIT

unset PYTHONPATH
export HOME=$work XDG_STATE_HOME=$work/state XDG_CONFIG_HOME=$work/config
"$python" -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check "$wheel"
cd "$work"
tuimon=$work/venv/bin/tuimon

"$tuimon" --version
"$tuimon" show --json | "$work/venv/bin/python" -c '
import json, sys
seen = json.load(sys.stdin)
assert seen["memory"]["total_bytes"] > 0 and seen["processes"], seen
print("show --json:", len(seen["processes"]), "processes")'

tmux -S "$socket" -f /dev/null new-session -d -x 120 -y 40 "exec '$tuimon'"
sleep 2
screen=$(tmux -S "$socket" capture-pane -p)
grep -q LIVE <<<"$screen" || { printf 'no dashboard after 2 s:\n%s\n' "$screen"; exit 1; }
tmux -S "$socket" send-keys q
for _ in $(seq 30); do
    tmux -S "$socket" has-session 2>/dev/null || break
    sleep 0.1
done
if tmux -S "$socket" has-session 2>/dev/null; then echo "q did not quit within 3 s"; exit 1; fi
find "$work/state" -name '*.db' | grep -q . || { echo "nothing was recorded"; exit 1; }
echo "the dashboard drew, recorded and quit"
