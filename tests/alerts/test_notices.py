"""Notices: made once, sent for real, kept until they were taken, and without anybody's markup in them."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from datetime import UTC
from pathlib import Path

import pytest
from apprise.plugins.slack import NotifySlack
from hypothesis import given
from hypothesis import strategies as st
from receiving import free_port, mail_server, until, web_server

from tuimon.alerts.rules import Rule
from tuimon.cli import main
from tuimon.config.load import ConfigError, load
from tuimon.config.settings import DEFAULTS
from tuimon.config.targetkinds import WrittenTarget
from tuimon.history import open_history
from tuimon.history.notebook import Notebook
from tuimon.model.alerting import Notice
from tuimon.model.families import Cpu
from tuimon.model.metric import SeriesKey
from tuimon.model.process import Process
from tuimon.model.rule import Quiet
from tuimon.model.snapshot import Alert, Event, Frame, Host, Recorder, Snapshot
from tuimon.notices.hours import quiet_until
from tuimon.notices.notifier import Notifier, Plan
from tuimon.notices.outbox import KEPT, Outbox
from tuimon.notices.sending import send, without
from tuimon.notices.telling import Telling
from tuimon.notices.wording import Words, joined, plain

pytestmark = [
    pytest.mark.filterwarnings("ignore:Requiring AUTH:UserWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # of modules that apprise and aiosmtpd import
]
STARTED = time.monotonic()

T0 = 1_800_000_000.0
KEY = SeriesKey("cpu", "", "busy_percent")
RULE = Rule("cpu-busy", "cpu", "busy_percent", ">", 80, 70, label="CPU", hint="look at what runs")
WORDS = Words(DEFAULTS.notify.title, DEFAULTS.notify.text, UTC)
HERE = Recorder("here")
RIGHT = "geheimnis"


def alert(raised: float = T0, device: str = "", **changes: object) -> Alert:
    given_ = {"severity": "warning", "value": 91.0} | changes
    return Alert(
        "cpu-busy", series=KEY._replace(device=device), threshold=80, comparison=">", since=raised - 60, raised_at=raised,
        label="CPU", hint=RULE.hint, **given_,
    )  # fmt: skip


def process(name: str) -> Process:
    return Process(7, T0, 1, name, name, "u", "R", 97.0, 1.0, 1 << 30, 1, 1.0, 1, 0, 20, 0.0, 0.0, kernel=False)


def frame(
    at: float, *alerts: Alert, events: Sequence[Event] = (), recorder: Recorder = HERE, who: str = "crunch"
) -> Frame:
    snapshot = Snapshot(T0 + at, 1.0, Host("web-1"), cpu=Cpu(91.0), processes=(process(who),))
    return Frame(snapshot, alerts, tuple(events), recorder)


def cleared(at: float, which: Alert) -> Event:
    return Event(T0 + at, "alert_cleared", "", which)


def raised(which: Alert) -> Event:
    return Event(which.raised_at, "alert_raised", "", which)


def notifier(*targets: WrittenTarget, kept=None, happened=lambda _start, _end: (), **plan) -> Notifier:
    options = {"group": 0.0, "pause": 0.1} | plan
    return Notifier(Plan(targets, WORDS, **options), lambda: (RULE,), lambda: kept, happened, clock=clock)


def clock() -> float:
    """Five minutes after the first frame, and going on."""
    return T0 + 300 + time.monotonic() - STARTED


def hook(web, name: str = "hook", **fields) -> WrittenTarget:
    return WrittenTarget(name, f"json://127.0.0.1:{web.port}/{name}", **fields)


def mailto(port: int, password: str = RIGHT) -> WrittenTarget:
    return WrittenTarget(
        "ops", f"mailto://ann:{password}@127.0.0.1:{port}?from=tuimon@example.org&to=ann@example.org&mode=insecure"
    )


# -- sent and read back -----------------------------------------------------------------------------------------------


def test_a_mail_tells_of_an_alert_and_of_its_end():
    with mail_server("geheimnis") as (box, port):
        told = notifier(mailto(port))
        told.take(frame(0))
        told.take(frame(1, alert(T0 + 1)))
        until(lambda: len(box.mails) == 1)
        told.take(frame(60, events=[cleared(60, alert(T0 + 1, value=41.0))]))
        until(lambda: len(box.mails) == 2)
        told.stop()
    (first, text), (second, other) = box.mails
    assert first == "WARNING: CPU on web-1"
    assert text.splitlines() == [
        "CPU 91.0 % > 80 % for 1 min",
        "since 2027-01-15 07:59:01 UTC on web-1",
        "most of it: crunch (7) 97 % of a core",
        "look at what runs",
        "tuimon --at 2027-01-15T07:59:01Z",
    ]
    assert second == "CLEARED: CPU on web-1"
    assert other.startswith("CPU back to 41.0 % after ")


def test_a_field_is_what_it_says_and_its_line_goes_where_there_is_nothing_of_it():
    words, now = Words("{rule}", "top: {top}\\n{text}", UTC), frame(1).snapshot
    assert words.of("raised", alert(T0 + 1), now)[1].startswith("top: crunch (7) 97 % of a core\n")
    assert "top" not in words.of("cleared", alert(T0 + 1), now)[1]


def test_a_wrong_password_is_said_without_it():
    with mail_server("geheimnis") as (box, port):
        said = send(mailto(port, "falschesWort"), "a", "b")
    assert "falschesWort" not in said
    assert "535" in said
    assert box.mails == []


def test_a_server_that_is_gone_is_said():
    said = send(mailto(free_port()), "a", "b")
    assert "refused" in said


def test_the_real_slack_plugin_takes_a_notice_without_a_call_in_it(monkeypatch):
    with web_server() as web:
        monkeypatch.setattr(NotifySlack, "webhook_url", f"http://127.0.0.1:{web.port}/services")
        slack = WrittenTarget("slack", "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#alerts")
        told = notifier(slack)
        told.take(frame(0))
        told.take(frame(1, alert(T0 + 1, device="<!channel> *now*"), who="<http://evil|click>"))
        until(lambda: web.taken)
        told.stop()
    path, sent = web.taken[0]
    assert path.startswith("/services/T1JJ3T3L2/")
    assert sent["channel"] == "#alerts"
    words = sent["attachments"][0]["title"] + sent["attachments"][0]["text"]
    assert "!channel" in words
    for markup in ("<!", "&lt;!", "*now*", "|click", "://evil"):
        assert markup not in words


def test_a_target_that_fails_is_tried_again_until_it_takes_it_and_shown_meanwhile():
    with web_server() as web:
        web.answer = lambda: 500 if web.tries < 3 else 200
        told = notifier(hook(web))
        told.take(frame(0))
        told.take(frame(1, alert(T0 + 1)))
        failing = until(lambda: next((t for t in told.targets() if t.error), None))
        assert (failing.name, failing.waiting, failing.sent) == ("hook", 1, 0)
        assert "500" in failing.error
        until(lambda: web.taken)
        until(lambda: told.targets()[0].sent == 1)
        told.stop()
    assert web.tries == 3
    assert len(web.taken) == 1
    assert (told.targets()[0].error, told.targets()[0].waiting) == ("", 0)


def test_a_target_that_hangs_delays_neither_the_frames_nor_the_others():
    release = threading.Event()
    with web_server() as stuck, web_server() as web:
        stuck.answer = lambda: 200 + 300 * release.wait(20)
        told = notifier(hook(stuck, "stuck"), hook(web, "well"))
        told.take(frame(0))
        for at in range(1, 200):
            told.take(frame(at, alert(T0 + at)))
        until(lambda: web.taken)
        assert stuck.taken == []
        assert told.targets()[0].sent == 0
        release.set()
        told.stop()


def test_what_comes_together_is_one_message():
    with web_server() as web:
        told = notifier(hook(web), group=0.5)
        told.take(frame(0))
        disks = [alert(T0 + 1, device=f"sd{letter}") for letter in "abc"]
        told.take(frame(clock() - T0, *disks))
        until(lambda: web.taken)
        told.stop()
    ((_, message),) = web.taken
    assert message["title"] == "3 alerts: WARNING: CPU sda on web-1"
    assert message["message"].count("CPU sd") >= 3


# -- kept -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def kept(tmp_path) -> Notebook:
    path = str(tmp_path / "history.db")
    open_history(path).close()
    return Notebook(path)


def test_what_was_not_taken_is_sent_by_the_next_program(kept):
    port = free_port()
    first = notifier(mailto(port), kept=kept)
    first.take(frame(0))
    first.take(frame(1, alert(T0 + 1)))
    until(lambda: kept.notices()[0] and kept.notices()[0][0].tries)
    first.stop()
    with web_server() as web:
        second = notifier(WrittenTarget("ops", f"json://127.0.0.1:{web.port}/"), kept=Notebook(kept.path))
        second.take(frame(5, alert(T0 + 1)))
        until(lambda: web.taken)
        until(lambda: kept.notices()[0] == ())
        second.stop()
    assert [message["title"] for _, message in web.taken] == ["WARNING: CPU on web-1"]


def test_what_happened_while_nobody_told_is_told_by_the_next_program_and_what_was_told_is_not(kept):
    before, during = alert(T0 + 1), alert(T0 + 20, device="x")
    kept.keep((), (), T0 + 10)
    events = [raised(before), raised(during), cleared(30, during), cleared(40, before)]
    with web_server() as web:
        told = notifier(hook(web), kept=kept, happened=lambda start, end: [e for e in events if start <= e.time < end])
        told.take(frame(50))
        until(lambda: told.targets()[0].sent)
        told.stop()
    titles = [line for _, m in web.taken for line in m["message"].splitlines() if "on web-1" in line and ":" in line]
    assert [title.split(" on ")[0] for title in titles if title[0].isupper()] == [
        "WARNING: CPU x",
        "CLEARED: CPU x",
        "CLEARED: CPU",
    ]


def test_a_history_that_cannot_be_written_keeps_no_notice_from_being_sent(kept):
    Path(kept.path).unlink()
    with web_server() as web:
        told = notifier(hook(web), kept=kept)
        told.take(frame(0))
        told.take(frame(1, alert(T0 + 1)))
        until(lambda: web.taken)
        told.stop()


def test_only_the_recorder_tells():
    with web_server() as web:
        told = notifier(hook(web))
        for at in range(5):
            told.take(frame(at, alert(T0 + 1), recorder=Recorder("other")))
        told.stop()
        assert web.tries == 0


def test_where_nothing_is_recorded_it_is_told_from_memory_unless_another_program_records():
    off, others = Recorder("off", reason="not asked to record"), [True]
    with web_server() as web:
        told = Notifier(
            Plan((hook(web),), WORDS, 0.0), lambda: (RULE,), lambda: None, clock=clock, others=lambda: others[0]
        )
        told.take(frame(0, recorder=off))
        told.take(frame(1, alert(T0 + 1), recorder=off))
        time.sleep(1)
        assert web.tries == 0
        others.clear()
        others.append(False)
        for at in (2, 3, 4):
            told.take(frame(at, alert(T0 + 2), recorder=off))
        until(lambda: web.taken)
        told.take(frame(5, recorder=off, events=[cleared(5, alert(T0 + 2))]))
        until(lambda: len(web.taken) == 2)
        told.stop()
        assert [message["title"].partition(":")[0] for _, message in web.taken] == ["WARNING", "CLEARED"]


def test_what_was_told_from_memory_is_not_told_again_by_a_history_that_can_be_written_at_last(kept):
    events = [raised(alert(T0 + 2)), raised(alert(T0 + 3, device="x"))]
    with web_server() as web:
        told = notifier(hook(web), kept=kept, happened=lambda start, end: [e for e in events if start <= e.time < end])
        told.take(frame(2, alert(T0 + 2), recorder=Recorder("off")))
        until(lambda: web.taken)
        told.take(frame(4, alert(T0 + 2), alert(T0 + 3, device="x")))
        until(lambda: told.targets()[0].sent == 2)
        told.stop()
        assert kept.notices()[0] == ()
        assert kept.notices()[1] is not None
    assert sum("x" in message["title"] for _, message in web.taken) == 1
    assert len(web.taken) == 2


# -- what is told -----------------------------------------------------------------------------------------------------


def telling(*targets: WrittenTarget) -> Telling:
    return Telling(targets or (WrittenTarget("ops"),), UTC)


def told_by(some: Telling, at: float, *alerts: Alert, rule: Rule = RULE, events: Sequence[Event] = ()) -> list[str]:
    return [f"{w.what} {w.target}" for w in some.wanted({rule.name: rule}, alerts, events, T0 + at)]


def test_a_raise_is_told_once_and_a_clear_only_of_what_was_told():
    some = telling()
    assert told_by(some, 0, alert()) == ["raised ops"]
    assert told_by(some, 1, alert()) == []
    assert told_by(some, 2, events=[cleared(2, alert())]) == ["cleared ops"]
    assert told_by(some, 3, events=[cleared(3, alert())]) == []


def test_one_that_becomes_critical_is_told_again():
    some = telling()
    assert told_by(some, 0, alert()) == ["raised ops"]
    assert told_by(some, 1, alert(severity="critical")) == ["raised ops"]
    assert told_by(some, 2, alert(severity="critical")) == []


def test_a_rule_may_ask_for_it_again_while_it_lasts_unless_somebody_knows():
    some, again = telling(), Rule("cpu-busy", "cpu", "busy_percent", ">", 80, 70, repeat_seconds=60)
    seen = [told_by(some, at, alert(), rule=again) for at in (0, 30, 59, 60, 90, 120)]
    assert seen == [["raised ops"], [], [], ["still ops"], [], ["still ops"]]
    assert told_by(some, 400, alert(state="acknowledged"), rule=again) == []


def test_the_silenced_hear_nothing_until_the_silence_is_over():
    some = telling()
    assert told_by(some, 0, alert(state="silenced")) == []
    assert told_by(some, 1, alert()) == ["raised ops"]
    quiet = telling()
    assert told_by(quiet, 0, alert(state="silenced")) == []
    assert told_by(quiet, 1, events=[cleared(1, alert())]) == []


def test_targets_hear_the_severities_and_rules_that_are_theirs():
    boss, ops = WrittenTarget("boss", severities=("critical",)), WrittenTarget("ops")
    assert told_by(telling(boss, ops), 0, alert()) == ["raised ops"]
    assert told_by(telling(boss, ops), 0, alert(severity="critical")) == ["raised boss", "raised ops"]
    for_boss = Rule("cpu-busy", "cpu", "busy_percent", ">", 80, 70, targets=("boss",))
    assert told_by(telling(boss, ops), 0, alert(severity="critical"), rule=for_boss) == ["raised boss"]


NIGHT, WEEKEND = Quiet(22 * 60, 7 * 60), Quiet(0, 24 * 60, (5, 6))
MIDNIGHT = T0 - T0 % 86400  # a Friday


@pytest.mark.parametrize(
    ("hours", "at", "left"),
    [
        ((NIGHT,), 21.99, None),
        ((NIGHT,), 22.0, 9.0),
        ((NIGHT,), 6.5, 0.5),
        ((NIGHT,), 7.0, None),
        ((WEEKEND,), 23.0, None),
        ((WEEKEND,), 24.0, 24.0),
        ((WEEKEND,), 24 + 47.5, 0.5),
        ((Quiet(22 * 60, 7 * 60, (4,)),), 24 + 6.0, 1.0),
        ((Quiet(22 * 60, 7 * 60, (4,)),), 6.0, None),
        ((NIGHT, WEEKEND), 24 + 23.0, 8.0),
    ],
)
def test_quiet_hours_end_when_they_say(hours, at, left):
    found = quiet_until(hours, MIDNIGHT + at * 3600, UTC)
    assert found == (None if left is None else MIDNIGHT + (at + left) * 3600)


def test_what_clears_within_quiet_hours_is_never_told():
    with web_server() as web:
        now = time.time()
        here = time.gmtime(now)
        minute = here.tm_hour * 60 + here.tm_min
        hushed = Rule("cpu-busy", "cpu", "busy_percent", ">", 80, 70, quiet=(Quiet(minute, (minute + 600) % 1440),))
        told = Notifier(Plan((hook(web),), WORDS, 0.0), lambda: (hushed,), lambda: None)
        one, other = alert(now), alert(now, device="x")
        told.take(frame(now - T0))
        told.take(frame(now - T0 + 1, one, other))
        until(lambda: told.targets()[0].waiting == 2)
        told.take(frame(now - T0 + 2, other, events=[cleared(now - T0 + 2, one)]))
        until(lambda: told.targets()[0].waiting == 1)
        told.stop()
        assert web.tries == 0


# -- the outbox -------------------------------------------------------------------------------------------------------


def notice(number: int, at: float, due: float | None = None) -> Notice:
    return Notice(number, at, "ops", "warning", f"t{number}", f"x{number}", at if due is None else due)


def test_more_than_so_many_an_hour_are_gathered():
    box, sent = Outbox(0.0, 3), []
    for at in range(100):
        box.add(notice(at, float(at)))
        if batch := box.batch(float(at)):
            box.taken(batch, float(at))
            sent.append(len(batch))
    assert sent == [1, 1, 1]
    batch = box.batch(3601.0)
    assert len(batch) == 97
    title, text = joined([n.title for n in batch], [n.text for n in batch])
    assert title == "97 alerts: t3"
    assert text.endswith("and 77 more")


def test_pauses_grow_and_a_notice_is_given_up_after_a_week_only():
    box, now, pauses = Outbox(0.0, 100, 15.0), 0.0, []
    box.add(notice(1, 0.0))
    while batch := box.batch(now):
        again, given_up = box.refused(batch, now, "no")
        if given_up:
            break
        pauses.append(again[0].due_at - now)
        now = again[0].due_at
    assert pauses[:8] == [15, 30, 60, 120, 240, 480, 960, 1800]
    assert now > KEPT
    assert box.waiting == []


@given(st.lists(st.tuples(st.sampled_from(["add", "send", "fail", "wait"]), st.integers(0, 100)), max_size=60))
def test_no_notice_is_lost_or_doubled(steps):
    box, now, made, taken = Outbox(5.0, 10, 1.0), 0.0, 0, []
    for what, seconds in steps:
        if what == "add":
            box.add(notice(made, now))
            made += 1
        elif what == "wait":
            now += seconds
        elif batch := box.batch(now):
            if what == "send":
                taken += box.taken(batch, now)
            else:
                box.refused(batch, now, "no")
    assert sorted([*taken, *(one.id for one in box.waiting)]) == list(range(made))


# -- words ------------------------------------------------------------------------------------------------------------


@given(st.text(max_size=60))
def test_no_name_is_more_than_text_to_a_target(name):
    found = alert(device=name)
    for part in (plain(name), *WORDS.of("raised", found, frame(0, who=name).snapshot)):
        rest = part.replace("91.0 % > 80 %", "")
        assert not set("<>&`*[]|@\x1b\x07\r\x9b") & set(rest)
        assert "://" not in rest


@given(st.text("abcdefgh/:@?&=%$!-", min_size=4, max_size=30))
def test_nothing_of_a_url_but_its_host_is_said(secret):
    url = f"json://user:{secret}@example.org/{secret}?token={secret}"
    parts = [
        part
        for part in secret.replace("@", "/")
        .replace(":", "/")
        .replace("?", "/")
        .replace("&", "/")
        .replace("=", "/")
        .split("/")
        if len(part) >= 4
    ]
    said = without(url, f"could not reach example.org: {' '.join(parts)}")
    assert not [part for part in parts if part in said.removeprefix("could not reach example.org: ")]


# -- the configuration ------------------------------------------------------------------------------------------------


def configured(tmp_path, text: str):
    path = tmp_path / "config.yaml"
    path.write_text(text)
    return load(str(path), environ={})


def test_targets_are_urls_or_mappings_and_secrets_come_from_the_environment_or_a_file(tmp_path, monkeypatch):
    with web_server() as web:
        monkeypatch.setenv("HOOK_PORT", f"{web.port}")
        (tmp_path / "url").write_text(f"json://127.0.0.1:{web.port}/file\n")
        loaded = configured(
            tmp_path,
            "notify:\n  targets:\n    - json://127.0.0.1:${HOOK_PORT}/plain\n"
            f"    - {{name: boss, url_file: {tmp_path}/url, severities: [critical]}}\n",
        )
        for target in loaded.settings.notify.targets:
            assert send(target, "a", "b") == ""
    assert [path for path, _ in web.taken] == ["/plain", "/file"]
    assert [(t.name, t.severities) for t in loaded.settings.notify.targets] == [
        ("json", ("info", "warning", "critical")),
        ("boss", ("critical",)),
    ]


def test_a_secret_that_is_not_there_is_said_by_its_name():
    assert send(WrittenTarget("a", "json://${NO_SUCH_THING}/"), "a", "b") == (
        "the environment variable NO_SUCH_THING is not set"
    )
    assert (
        send(WrittenTarget("a", url_file="/no/such"), "a", "b") == "/no/such: cannot be read: No such file or directory"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("notify:\n  targets: [nonsense]\n", "expected an apprise URL such as"),
        ("notify:\n  targets:\n    - {name: a}\n", "expected url or url_file, one of the two"),
        ("notify:\n  targets:\n    - {urll: json://x}\n", "not a setting; did you mean 'url'?"),
        ("notify:\n  targets:\n    - {url: json://x, severities: fatal}\n", "expected some of info, warning, critical"),
        ("notify:\n  title: '{hots}'\n", "{hots} is none: did you mean {host}?"),
        (
            "notify:\n  targets: [{name: ops, url: json://x}]\nalerts:\n  rules:\n    - {when: cpu > 9 %, targets: opps}\n",
            "'opps' is no name in notify.targets; did you mean 'ops'?",
        ),
    ],
)
def test_a_mistake_is_one_line_with_the_nearest_choice(tmp_path, text, message):
    with pytest.raises(ConfigError) as caught:
        configured(tmp_path, text)
    assert message in str(caught.value)
    assert "json://x" not in str(caught.value)


def test_the_trial_tells_each_target_and_says_what_came_of_it(tmp_path, capsys):
    path = tmp_path / "config.yaml"
    with web_server() as web:
        path.write_text(
            f"notify:\n  targets:\n    - {{name: well, url: 'json://127.0.0.1:{web.port}/'}}\n"
            f"    - {{name: gone, url: 'json://127.0.0.1:{free_port()}/secretpath'}}\n"
        )
        assert main(["alerts", "notify", "--config", str(path)]) == 0
        assert "well  wants info, warning, critical" in capsys.readouterr().out
        assert main(["alerts", "notify", "--test", "--config", str(path)]) == 1
    out = capsys.readouterr().out.splitlines()
    assert out[0] == "well  taken"
    assert out[1].startswith("gone  failed: ")
    assert "secretpath" not in out[1]
    assert web.taken[0][1]["title"].startswith("tuimon: a trial from ")
