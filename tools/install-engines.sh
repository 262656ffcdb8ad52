#!/usr/bin/env bash
# Installs what the tests talk to and are run with, on Debian, as root. What is there already is left alone.
set -euo pipefail

packages=(
    make git python3 python3-venv # a fresh machine may have none of them
    tmux                          # the terminal in which the dashboard is driven
    procps coreutils util-linux   # free, top, df and stty are referees; unshare makes faults for real
    openssl curl                  # certificates for https; the examples of the API's page
    iproute2                      # interfaces that come and go, in a network of their own
    faketime sqlite3              # clocks that step; the history read by a stranger
    prometheus prometheus-node-exporter # promtool too: what reads /metrics, and what is read beside it
    nginx-light caddy             # what stands before the API, as docs/deployment.md has it
    # a machine of its own, booted, in which recorders outlive logouts and start by themselves
    systemd systemd-container libpam-systemd dbus dbus-user-session cron openssh-server openssh-client
)

missing=()
for package in "${packages[@]}"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed' || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
    echo "all there: ${packages[*]}"
    exit 0
fi
# No package may start a service: the tests start what they need, on ports of their own.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    trap 'rm -f "$policy"' EXIT
fi
apt-get -o DPkg::Lock::Timeout=600 -qq update
apt-get -o DPkg::Lock::Timeout=600 -qq install -y --no-install-recommends "${missing[@]}" >/dev/null
for package in "${missing[@]}"; do # nor with the next boot, of this machine or of one that is made of it
    case $package in
        prometheus* | nginx* | caddy) systemctl --quiet disable "${package%-light}" 2>/dev/null || true ;;
    esac
done
echo "installed: ${missing[*]}"
