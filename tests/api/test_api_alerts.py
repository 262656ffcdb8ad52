"""Alerts over HTTP: what fires, the rules, and words that the recorder, a dashboard and every server hear."""

from __future__ import annotations

import http.client
import json
import socket
import time

import pytest
from servers import TOKEN, Served

RULES = """
alerts:
  rules:
    - {name: memory-there, when: memory.used_percent > 0.1 %, for: 0 s, clear: 0.05 %, hint: look away}
    - {name: memory-soon, when: memory.used_percent > 0.2 %, for: 1 h, clear: 0.1 %}
    - {name: roots, when: "filesystem.used_percent[/] > 0.1 %", for: 0 s, clear: 0.05 %}
serve: {origins: [https://ours.example]}
"""
TOLD = "notify: {group: 0, targets: [{name: ops, url: 'json://ann:hushhush@127.0.0.1:1/secretpath'}]}\n"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("alerts-over-http")
    (folder / "config.yaml").write_text(RULES, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def pair(serving, home) -> tuple[Served, Served]:
    """Return a server that records, and one that looks at the history of the first."""
    same = ("--config", str(home / "config.yaml"), "--history", str(home / "history.db"), "--simulate", "calm")
    first = serving(*same, token=TOKEN)
    until(lambda: first.get("/api/v1/health").json["recorder"]["mode"] == "here")
    second = serving(*same, token=TOKEN)
    until(lambda: second.get("/api/v1/health").json["recorder"]["mode"] == "other")
    return first, second


def until(holds, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.05)


def post(served: Served, word: str, body: object, token: str | None = None, **headers: str):
    asked = http.client.HTTPConnection(served.host.strip("[]"), int(served.port), timeout=60)
    token = served.token if token is None else token
    sent = {"content-type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
    if token:
        sent["authorization"] = f"Bearer {token}"
    asked.request("POST", f"/api/v1/alerts/{word}", body if isinstance(body, bytes) else json.dumps(body), sent)
    answer = asked.getresponse()
    found = json.loads(answer.read())
    asked.close()
    return answer.status, found


def alerts_of(served: Served, which: str = "alerts"):
    return {one["rule"]: one for one in served.get("/api/v1/alerts").json[which]}


def test_what_one_server_is_told_the_recorder_and_every_reader_hear(pair):
    recorder, viewer = pair
    for told, other in ((viewer, recorder), (recorder, viewer)):
        status, said = post(told, "acknowledge", {"rule": "memory-there", "by": "ann"})
        assert (status, said["shared"], said["note"]) == (200, True, "")
        assert [one["state"] for one in said["alerts"]] == ["acknowledged"]
        for served in pair:
            until(lambda served=served: alerts_of(served)["memory-there"]["state"] == "acknowledged")
        heard = alerts_of(other)["memory-there"]
        assert (heard["said_by"], heard["said_at"]) == ("ann", said["made_at"])
        assert alerts_of(other, "firing")["memory-there"] == heard
        frame = other.get("/api/v1/metrics/current").json  # made with a sample, and so heard by then
        until(lambda other=other: in_frame(other, "memory-there") == "acknowledged")
        assert [one["rule"] for one in frame["pending"]] == ["memory-soon"]
        status, said = post(other, "lift", {"rule": "memory-there"})
        assert (status, said["word"], said["by"]) == (200, "lift", "API")
        for served in pair:
            until(lambda served=served: in_frame(served, "memory-there") == "firing")


def in_frame(served: Served, rule: str) -> str:
    return next(one["state"] for one in served.get("/api/v1/metrics/current").json["alerts"] if one["rule"] == rule)


def test_a_silence_has_an_end_and_is_listed_until_then(pair):
    recorder, viewer = pair
    status, said = post(viewer, "silence", {"rule": "roots", "device": "/", "for": "2h", "by": "bob"})
    assert status == 200
    assert said["until"] == said["made_at"] + 7200
    until(lambda: "roots" in alerts_of(recorder, "silenced"))
    assert alerts_of(recorder, "silenced")["roots"]["until"] == said["until"]
    assert "roots" not in alerts_of(recorder, "firing")
    (silence,) = recorder.get("/api/v1/alerts").json["silences"]
    assert silence == {name: said[name] for name in ("rule", "device", "by", "made_at", "until")}
    assert post(recorder, "lift", {"rule": "*"})[0] == 200
    until(lambda: not viewer.get("/api/v1/alerts").json["silences"])
    assert "roots" in alerts_of(viewer, "firing")
    assert post(recorder, "silence", {"rule": "cpu-busy", "for": 60})[1]["alerts"] == []  # it need not fire
    assert [one["rule"] for one in viewer.get("/api/v1/alerts").json["silences"]] == ["cpu-busy"]
    assert post(recorder, "lift", {"rule": "cpu-busy"})[0] == 200
    until(lambda: len(heard := events(recorder, "alert_silenced")) and "bob" in heard[-1])


def events(served: Served, kind: str) -> list[str]:
    return [one["text"] for one in served.get(f"/api/v1/events?kind={kind}").json["events"]]


def test_rules_say_how_each_of_their_series_stands(pair):
    rules = {one["name"]: one for one in pair[0].get("/api/v1/alerts/rules").json["rules"]}
    assert rules["memory-there"]["condition"] == "memory.used_percent > 0.1 %"
    assert rules["memory-there"]["hint"] == "look away"
    assert rules["memory-soon"]["for_seconds"] == 3600
    assert [rules[name]["state"] for name in ("memory-there", "memory-soon", "cpu-busy")] == [
        "firing", "pending", "inactive",
    ]  # fmt: skip
    (series,) = rules["roots"]["series"]
    assert (series["device"], series["state"]) == ("/", "firing")
    assert series["value"] > 0.1
    assert rules["cpu-busy"]["series"] == []


def test_prometheus_sees_pending_firing_and_what_was_said(pair):
    post(pair[1], "acknowledge", {"rule": "memory-there"})
    until(lambda: in_frame(pair[0], "memory-there") == "acknowledged")
    page = pair[0].get("/metrics").body.decode()
    said = {
        line.split('alertname="')[1].split('"')[0]: line
        for line in page.splitlines()
        if line.startswith("tuimon_alerts{")
    }
    assert 'alertstate="firing"' in said["memory-there"]
    assert 'handled="acknowledged"' in said["memory-there"]
    assert 'alertstate="pending"' in said["memory-soon"]
    post(pair[1], "lift", {"rule": "*"})


@pytest.mark.parametrize(
    ("word", "body", "status", "parameter", "nearest"),
    [
        ("silence", {"rule": "cpu-bsy", "for": "1h"}, 422, "rule", "cpu-busy"),
        ("silence", {"rule": "cpu-busy"}, 422, "for", "2h"),
        ("silence", {"rule": "cpu-busy", "for": "soon"}, 422, "for", "2h"),
        ("silence", {"rule": "cpu-busy", "for": True}, 422, "for", "2h"),
        ("silence", {"rule": "cpu-busy", "for": 1e300}, 422, "for", "2h"),
        ("silence", {"rule": "cpu-busy", "for": "1h", "form": 1}, 422, "form", "for"),
        ("silence", {"rule": "roots", "device": "/dta", "for": "1h"}, 422, "device", "/data"),
        ("silence", {"rule": "*", "device": "/", "for": "1h"}, 422, "device", None),
        ("acknowledge", {"rule": "cpu-busy"}, 404, "rule", "memory-there"),
        ("acknowledge", {}, 422, "rule", None),
        ("acknowledge", {"rule": "memory-there", "by": "\x1b[2J"}, 422, "by", None),
        ("acknowledge", {"rule": "memory-there", "for": "1h"}, 422, "for", None),
        ("lift", b"[1, 2", 422, None, None),
        ("lift", b"[" * 60_000, 422, None, None),
        ("lift", [], 422, None, None),
        ("lift", b"", 422, None, None),
    ],
)
def test_a_mistake_is_named(pair, word, body, status, parameter, nearest):  # noqa: PLR0917  the columns of the table
    got, problem = post(pair[0], word, body)
    assert got == status, problem
    assert problem.get("parameter") == parameter
    assert problem.get("nearest") == nearest or (nearest is None and "nearest" not in problem)


def test_only_json_with_the_token_and_from_no_other_page(pair, open_to_all):
    recorder = pair[0]
    word = {"rule": "memory-there"}
    assert post(recorder, "acknowledge", word, token="-")[0] == 401
    status, problem = post(open_to_all, "acknowledge", word, token="")
    assert status == 403
    assert "--token-file" in problem["detail"]
    assert post(recorder, "acknowledge", word, origin="https://theirs.example")[0] == 403
    assert post(recorder, "acknowledge", word, sec_fetch_site="cross-site")[0] == 403
    assert post(recorder, "acknowledge", word, origin="https://ours.example")[0] == 200
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        assert post(recorder, "acknowledge", word, content_type=kind)[0] == 415
    assert post(recorder, "acknowledge", b" " * 70_000)[0] == 413
    assert recorder.get("/api/v1/alerts/acknowledge").status == 405
    assert post(recorder, "lift", {"rule": "*"})[0] == 200


def test_where_there_is_no_history_it_is_known_to_this_program_alone(serving, home):
    served = serving("--config", str(home / "config.yaml"), "--simulate", "calm", "--no-record", token=TOKEN)
    status, said = post(served, "acknowledge", {"rule": "memory-there"})
    assert status == 200
    assert alerts_of(served)["memory-there"]["state"] == "acknowledged"
    assert said["shared"] is False
    assert "this tuimon only" in said["note"]


def test_health_says_who_cannot_be_told_and_names_them_only_to_whom_has_the_token(serving, tmp_path):
    config = tmp_path / "config.yaml"
    config.write_text(RULES + TOLD, encoding="utf-8")
    history = str(tmp_path / "history.db")
    served = serving("--config", str(config), "--history", history, token=TOKEN)
    until(lambda: served.get("/api/v1/health").json["notify"]["state"] == "fault")
    whole = served.get("/api/v1/health")
    assert whole.json["status"] == "degraded"
    (target,) = whole.json["notify"]["targets"]
    assert (target["name"], target["state"], target["sent"]) == ("ops", "fault", 0)
    assert target["error"]
    assert target["waiting"] == whole.json["notify"]["waiting"] > 0
    assert abs(target["failing_since"] - time.time()) < 600
    stranger = served.get("/api/v1/health", token="").json["notify"]
    assert stranger == {"state": "fault", "waiting": stranger["waiting"], "targets": None}
    for secret in (b"hushhush", b"json://", b"secretpath"):
        assert secret not in whole.body


def test_nobody_is_told_of_a_machine_that_is_made_up(serving, tmp_path):
    config = tmp_path / "config.yaml"
    config.write_text(RULES + TOLD, encoding="utf-8")
    served = serving("--config", str(config), "--simulate", "calm", "--no-record", token=TOKEN)
    until(lambda: "memory-there" in alerts_of(served))
    assert served.get("/api/v1/health").json["notify"] == {"state": "off", "waiting": 0, "targets": []}


def test_a_dashboard_hears_it_and_is_heard(pair, home, terminal):
    recorder = pair[0]
    screen = terminal(
        120, 40, "--config", str(home / "config.yaml"), "--history", str(home / "history.db"), "--simulate", "calm"
    )
    screen.wait_for("! WARNING  memory")
    post(recorder, "acknowledge", {"rule": "*"})
    screen.wait_for("acknowledged")
    post(recorder, "lift", {"rule": "*"})
    screen.wait_until(lambda lines: "acknowledged" not in "".join(lines), 20, "the banner speaks again")
    screen.send("A")
    until(lambda: "acknowledged" in {in_frame(recorder, one) for one in ("memory-there", "roots")})
    post(recorder, "lift", {"rule": "*"})


BEGUN = (
    f"POST /api/v1/alerts/lift HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n"
    "Content-Type: application/json\r\nContent-Length: 40\r\n\r\n{"
).encode()
"""A request, and one byte of the forty that it says would come."""


def test_a_body_that_never_comes_is_not_waited_for(pair):
    with socket.create_connection((pair[0].host, int(pair[0].port)), 60) as asked:
        asked.sendall(BEGUN)
        assert asked.recv(4096).startswith(b"HTTP/1.1 408 ")


def test_who_leaves_in_the_middle_of_a_body_is_no_error_of_ours(pair):
    with socket.create_connection((pair[0].host, int(pair[0].port)), 60) as asked:
        asked.sendall(BEGUN)
    for _ in range(3):
        assert pair[0].get("/api/v1/health").status == 200
    assert "Traceback" not in (pair[0].log.read_text() if pair[0].log.exists() else "")
