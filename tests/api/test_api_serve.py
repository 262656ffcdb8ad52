"""`tuimon --serve` as a process: how it begins, ends, reads its settings again, and what stands in its way."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from servers import ROOT, TOKEN, certificate

from tuimon.history import open_archive
from tuimon.history.lock import recorder_of

CURRENT = "/api/v1/metrics/current"
EVERYWHERE = "0.0.0.0"  # noqa: S104  what is tested is that it is refused
TEXTUAL = {"textual", "rich", "plotext"}


def tuimon(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tuimon", *arguments],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_it_records_and_lets_go_of_the_lock_when_it_ends(serving, tmp_path):
    history = tmp_path / "history.db"
    served = serving("--history", str(history))
    assert served.get("/api/v1/health").json["recorder"]["mode"] == "here"
    found = recorder_of(str(history))
    assert (found.pid, found.by) == (served.process.pid, "serve")
    seen = served.get(CURRENT).json["time"]
    assert served.end() == 0
    assert recorder_of(str(history)) is None
    archive = open_archive(str(history))
    kept = archive.frame(seen + 0.5)
    archive.close()
    assert kept.snapshot.time >= seen - 0.001, "the newest samples are in the file"


def test_a_past_that_is_being_made_up_holds_up_no_question_about_the_present(serving):
    served = serving("--simulate", "calm")
    found = []
    asking = threading.Thread(target=lambda: found.append(served.get("/api/v1/history")))
    asking.start()
    for _ in range(3):  # made in the thread that reads the past
        assert served.get("/api/v1/metrics/processes?limit=1").status == 200
    assert not found, "it waits, while a day is made up in another process"
    asking.join(60)
    (history,) = found
    assert history.status == 200
    assert history.json["end"] - history.json["start"] > 80_000
    wait_for(lambda: (served.get("/api/v1/health").json["recorder"] or {}).get("mode") == "here")
    assert served.end() == 0


def test_sigint_ends_it_as_well(serving):
    assert serving("--simulate", "calm", "--no-record").end(signal.SIGINT) == 0


def test_a_taken_port_is_one_line_with_the_remedy(simulated):
    done = tuimon("--serve", "--port", simulated.port)
    assert done.returncode == 1
    assert done.stderr == (
        f"tuimon: port {simulated.port} is taken by another program (a tuimon); "
        f"choose another one with --port, as --port {int(simulated.port) + 1}\n"
    )
    with socket.create_server(("127.0.0.1", 0)) as other:
        done = tuimon("--serve", "--port", str(other.getsockname()[1]))
    assert done.returncode == 1
    assert "is taken by another program; choose" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--host", "192.0.2.1", "--insecure"], "this machine has no such address"),
        (["--host", "nowhere.invalid"], "no address of this machine is known by that name"),
    ],
)
def test_an_address_that_is_none_of_this_machine(arguments, said):
    done = tuimon("--serve", "--port", "0", *arguments)
    assert done.returncode == 1
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_other_machines_are_let_in_only_with_a_token_or_on_purpose(serving):
    refused = tuimon("--serve", "--host", EVERYWHERE, "--port", "0")
    assert refused.returncode == 2
    assert "--token-file FILE or in TUIMON_TOKEN, or say --insecure" in refused.stderr
    served = serving("--simulate", "calm", "--no-record", "--host", EVERYWHERE, "--insecure")
    assert served.get(CURRENT, Host="192.0.2.1").status == 200
    assert not [one for one in served.get(CURRENT).json["processes"] if one["command"]]
    assert served.end() == 0


def test_sighup_reads_token_names_and_rules_again(serving, tmp_path):
    config, token = tmp_path / "config.yaml", tmp_path / "token"
    token.write_text(TOKEN)
    config.write_text(f"serve:\n  token_file: {token}\n")
    served = serving("--simulate", "calm", "--no-record", "--config", str(config))
    assert served.get(CURRENT, token=TOKEN).status == 200
    token.write_text("another-token-of-the-tests")
    config.write_text(f"interval: 5 s\nserve:\n  token_file: {token}\n  hosts: [box.lan]\n")
    served.process.send_signal(signal.SIGHUP)
    wait_for(lambda: served.get(CURRENT, token="another-token-of-the-tests", Host="box.lan").status == 200)
    assert served.get(CURRENT, token=TOKEN).status == 401
    assert "the settings were read again; interval with the next start" in served.log.read_text()
    assert served.get("/api/v1/alerts", token="another-token-of-the-tests").json["alerts"] == []
    rule = "alerts:\n  memory: {above: 1 %, clear: 0.5 %, for: 0 s}\n"
    config.write_text(f"{rule}serve:\n  token_file: {token}\n")
    served.process.send_signal(signal.SIGHUP)
    wait_for(lambda: served.get("/api/v1/alerts", token="another-token-of-the-tests").json["alerts"])
    config.write_text("serve:\n  prot: 1\n")
    served.process.send_signal(signal.SIGHUP)
    wait_for(lambda: "the settings stay as they were" in served.log.read_text())
    assert "did you mean 'port'" in served.log.read_text().replace('"', "'") or "port" in served.log.read_text()
    assert served.get(CURRENT, token="another-token-of-the-tests").status == 200
    assert served.end() == 0


def wait_for(happens) -> None:
    for _ in range(200):
        if happens():
            return
        subprocess.run(["sleep", "0.05"], check=True)
    raise AssertionError("it did not happen")


def test_https_with_a_certificate_of_its_own(serving, tmp_path):
    cert, key = certificate(tmp_path, "one")
    served = serving("--simulate", "calm", "--no-record", "--tls-cert", cert, "--tls-key", key)
    assert served.url.startswith("https://")
    trusting = ssl.create_default_context(cafile=cert)
    asked = http.client.HTTPSConnection(served.host, int(served.port), timeout=20, context=trusting)
    with contextlib.closing(asked):
        asked.request("GET", "/api/v1/health")
        assert asked.getresponse().status == 200
    assert served.end() == 0


def test_a_certificate_that_cannot_be_used_is_one_line(tmp_path):
    cert, key = certificate(tmp_path, "one")
    _, other = certificate(tmp_path, "two")
    for given, said in (((cert, other), "no certificate with its key"), ((cert, f"{key}.none"), "cannot be read")):
        done = tuimon("--serve", "--port", "0", "--tls-cert", given[0], "--tls-key", given[1])
        assert done.returncode == 2
        assert said in done.stderr
        assert done.stderr.count("\n") == 1


def test_no_screen_is_imported(serving):
    served = serving("--simulate", "calm", "--no-record")
    served.get(CURRENT)
    served.get("/api/v1/health")
    mapped = Path(f"/proc/{served.process.pid}/maps").read_text()
    assert served.end() == 0
    assert "httptools" in mapped
    code = (
        "import sys; import tuimon.cli.serve, tuimon.compose.serve, tuimon.api.app, tuimon.api.server\n"
        f"print({{name.partition('.')[0] for name in sys.modules}} & {TEXTUAL!r})"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_the_token_is_not_inherited_by_what_it_starts(serving):
    served = serving("--simulate", "calm", "--no-record", token=TOKEN)
    children = Path(f"/proc/{served.process.pid}/task/{served.process.pid}/children").read_text().split()
    assert served.get(CURRENT).status == 200
    for child in children:
        assert TOKEN.encode() not in Path(f"/proc/{child}/environ").read_bytes()
    assert served.end() == 0
    assert os.environ.get("TUIMON_TOKEN") is None
