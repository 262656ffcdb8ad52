#!/bin/sh
# Prints the command of a Python that tuimon can live in: 3.11 or newer, able to make virtual environments.
for python in python3 python3.13 python3.12 python3.11 python3.14; do
    if "$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
        echo "$python"
        exit 0
    fi
done
echo "tuimon needs Python 3.11 or newer with venv: on Debian 12, apt-get install python3 python3-venv" >&2
exit 1
