"""`tuimon --serve` of a simulated machine that takes samples faster than anybody may ask for: so tests are quick.

python quick_server.py INTERVAL HISTORY [STREAMS [PING]]
"""

from __future__ import annotations

import dataclasses
import logging
import os
import sys

from tuimon.api import server
from tuimon.api.listening import url_of
from tuimon.compose import Machine
from tuimon.compose.serve import open_door, serve
from tuimon.config.settings import Settings


def main(interval: str, history: str, streams: str = "1000", ping: str = "20") -> int:
    server.PING_SECONDS = float(ping)
    logging.getLogger("tuimon").addHandler(logging.NullHandler())
    usual = Settings()
    settings = dataclasses.replace(
        usual,
        interval=float(interval),
        history=dataclasses.replace(usual.history, path=history),
        serve=dataclasses.replace(usual.serve, port=0, streams=int(streams)),
    )
    door = open_door(settings, token=os.environ.pop("TUIMON_TOKEN", "").encode())

    def ready(_: str) -> None:
        sys.stderr.write(f"serving at {url_of(door.sockets[0], tls=False)};\n")
        sys.stderr.flush()

    return serve(Machine("busy"), settings, door, record=bool(history), again=lambda: (settings, b""), ready=ready)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
