"""The API as a service of a booted machine, from packaging/, shut in as that has it."""

from __future__ import annotations

import json

import pytest
from booted_machines import ROOT, until

UNITS = ROOT / "packaging" / "systemd"

ASK = 'curl -s --fail-with-body -H "Authorization: Bearer $(cat /etc/tuimon/token)" http://127.0.0.1:8420'


@pytest.fixture
def served(machine):
    """The unit, installed as docs/deployment.md has it."""
    machine.run(
        f"install -m 644 {UNITS}/tuimon.sysusers.conf /usr/lib/sysusers.d/tuimon.conf && "
        f"install -m 644 {UNITS}/tuimon-serve.service /etc/systemd/system/ && systemd-sysusers && "
        "install -d /etc/tuimon && openssl rand -hex 32 >/etc/tuimon/token && chmod 600 /etc/tuimon/token && "
        "systemctl daemon-reload && systemctl enable --now tuimon-serve"
    )
    until(lambda: machine.run(f"{ASK}/api/v1/health", check=False).returncode == 0, "an answer")
    yield
    machine.run("systemctl disable --now tuimon-serve; rm -rf /var/lib/tuimon /etc/tuimon")
    machine.run("rm /etc/systemd/system/tuimon-serve.service")


def test_the_unit_serves_records_reads_again_and_ends(machine, served):
    del served
    health = json.loads(machine.run(f"{ASK}/api/v1/health").stdout)
    assert health["status"] in {"ok", "degraded"}
    assert health["recorder"]["mode"] == "here"
    frame = json.loads(machine.run(f"{ASK}/api/v1/metrics/current").stdout)
    assert frame["memory"]["total_bytes"] > 0
    assert frame["network"], "its sandbox hides no interface"
    assert [one for one in frame["filesystem"] if one["device"] == "/"]
    assert machine.run(f"{ASK}/metrics").stdout.startswith("# HELP ")
    assert machine.run(f"{ASK}/api/v1/history").stdout
    page = machine.run(f"{ASK}/metrics").stdout
    for part in (
        "cpu",
        "diskstats",
        "filesystem",
        "meminfo",
        "netclass",
        "netdev",
        "netstat",
        "stat",
        "uname",
        "vmstat",
    ):
        assert f'node_scrape_collector_success{{collector="{part}"}} 1\n' in page, f"its sandbox hides {part}"
    assert machine.run("curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1:8420/metrics").stdout == "401"

    machine.run("systemctl reload tuimon-serve")
    until(lambda: "read again" in machine.run("cat /var/log/tuimon/serve.log", check=False).stdout, "a reload")
    assert machine.run(f"{ASK}/api/v1/alerts").stdout

    machine.run("systemctl stop tuimon-serve")
    ended = machine.run("systemctl show tuimon-serve -p Result -p ExecMainStatus | sort | paste -sd ' '").stdout
    assert ended == "ExecMainStatus=0 Result=success\n"
    machine.run("tuimon show --at now --history /var/lib/tuimon/history.db")


def test_the_unit_is_well_formed_and_shut_in_as_the_recorder_is(machine, served):
    del served
    assert machine.run("systemd-analyze verify tuimon-serve.service").stderr == ""
    told = machine.run(
        "systemd-analyze security --offline=yes --no-pager /etc/systemd/system/tuimon-serve.service"
    ).stdout
    assert float(told.rpartition("Overall exposure level for tuimon-serve.service: ")[2].split()[0]) <= 2.0
