"""The alerts of another machine: its rules, and what is said to its alerts from afar."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from far import FarServer
from terminals import eventually

from tuimon.history import open_history
from tuimon.history.notebook import Notebook
from tuimon.model.snapshot import Alert
from tuimon.sources.remote.address import address_of
from tuimon.sources.remote.alerting import RemoteAlerting
from tuimon.sources.remote.line import Line
from tuimon.sources.remote.source import RemoteSource

TOKEN = "a-token-of-the-tests-0123456789"
RULES = """
alerts:
  rules:
    - name: always
      when: cpu.busy_percent > 0
      for: 1s
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory, own_home) -> Iterator[tuple[FarServer, str]]:
    """Return a server on which an alert fires, and its history."""
    del own_home
    folder = tmp_path_factory.mktemp("alerts")
    (folder / "config.yaml").write_text(RULES)
    path = str(folder / "h.db")
    open_history(path).close()
    arguments = ("-m", "tuimon", "--serve", "--port", "0", "--simulate", "busy", "--history", path, "--config",
                 str(folder / "config.yaml"))  # fmt: skip
    one = FarServer(token=TOKEN, arguments=arguments)
    yield one, path
    one.end()


def alert_of(source: RemoteSource) -> Alert | None:
    frame = source.newest()
    return next((one for one in frame.alerts if one.rule == "always"), None) if frame else None


def test_rules_are_known_and_what_is_said_is_said_there(server):
    one, path = server
    address = address_of(one.url, token=TOKEN)
    source, line = RemoteSource(address), Line(address)
    alerting = RemoteAlerting(line, source.newest)
    try:
        source.start()
        alert = eventually(lambda: alert_of(source), 30, lambda: "no alert fires")
        alerting.standing()
        rules = {rule.name: rule for rule in eventually(lambda: alerting.standing().rules, 30, lambda: "no rules")}
        assert rules["always"].state == "firing"
        assert "memory-used" in rules
        assert alerting.say("acknowledge", alert) == ""
        eventually(lambda: alert_of(source).state == "acknowledged", 30, lambda: "it was not acknowledged")
        assert alerting.say("silence", alert, 600.0, by="ann") == ""
        eventually(lambda: alert_of(source).state == "silenced", 30, lambda: "it was not silenced")
        marks = Notebook(path).marks()
        assert [mark.word for mark in marks] == ["acknowledge", "silence"]
        assert marks[0].by.count("@") == 1
        assert marks[1].by == "ann"
        assert 500 < marks[1].until - time.time() <= 600
        assert alerting.say("lift", alert) == ""
        eventually(lambda: alert_of(source).state == "firing", 30, lambda: "it does not speak again")
    finally:
        source.stop()
        line.close()


def test_without_the_token_the_reason_is_a_line(server):
    one, _ = server
    line = Line(address_of(one.url, token="not-the-token-of-this-server"))
    alerting = RemoteAlerting(line, lambda: None)
    assert alerting.say("acknowledge", None) == "not said: this token is not the right one"
    assert alerting.standing().rules == ()
    line.close()


def test_rules_of_a_kind_that_is_not_known_are_left_out():
    from tuimon.sources.remote.alerting import _rules

    rule = {"name": "x", "condition": "c", "severity": "warning", "for_seconds": 1.0, "clear": 1.0, "state": "firing"}
    found = _rules({"rules": [rule | {"new": 1}, rule | {"severity": "doom"}]})
    assert [one.name for one in found] == ["x"]
    assert isinstance(found[0].clear, float)
