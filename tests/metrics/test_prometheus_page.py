"""docs/prometheus.md: its configurations are good, and it names all that is tuimon's own, and nothing else."""

from __future__ import annotations

import re
import subprocess
import textwrap
from pathlib import Path

import pytest
from engines import found

from tuimon.collectors import open_readout
from tuimon.exporters.prometheus import exposition
from tuimon.model.families import Cpu, Filesystem, Memory, Self, System
from tuimon.model.metric import SeriesKey
from tuimon.model.snapshot import Alert, Fault, Frame, Recorder, Snapshot

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "prometheus.md").read_text(encoding="utf-8")
BLOCKS = [textwrap.dedent(block) for block in re.findall(r"(?:^    .*\n|^\n(?=    ))+", PAGE, re.MULTILINE)]
KINDS = {"scrape_configs:": "config", "groups:": "rules"}
CHECKED = [(KINDS[block.split()[0]], block) for block in BLOCKS if block.split()[0] in KINDS]


def test_there_are_configurations_and_rules():
    assert [kind for kind, _ in CHECKED] == ["config", "config", "rules"]


@pytest.mark.parametrize(("kind", "block"), CHECKED)
def test_what_is_to_be_copied_is_good(tmp_path, kind, block):
    for path in re.findall(r"_file: (\S+)", block):
        here = tmp_path / Path(path).name
        here.write_text("x")
        block = block.replace(path, str(here))
    file = tmp_path / "file.yml"
    file.write_text(block)
    done = subprocess.run([found("promtool"), "check", kind, file], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def everything() -> str:
    """Return a page on which all that is tuimon's own is known."""
    key = SeriesKey("cpu", "", "busy_percent")
    snapshot = Snapshot(
        1.0,
        cpu=Cpu(limit_cores=1.0, limit_used_percent=1.0, limit_throttled_percent=1.0),
        memory=Memory(arc_bytes=1, limit_bytes=1, limit_used_bytes=1),
        filesystem=(Filesystem("/nas", stale_seconds=3.0),),
        system=System(processes=1, threads=1, zombies=1),
        self_=Self(1.0, 1, 1.0),
        faults=(Fault("disk", "no", 1.0),),
    )
    alert = Alert("a", "warning", key, 1.0, 0.5, ">", 1.0, 2.0)
    return exposition(Frame(snapshot, (alert,), recorder=Recorder("here")))


def test_all_that_is_tuimons_own_is_in_the_table_and_nothing_else():
    told = set(re.findall(r"^# TYPE (tuimon_\w+)", everything(), re.MULTILINE))
    named = set(re.findall(r"`(tuimon_\w+)`", PAGE))
    assert named == told


def test_every_collector_that_answers_is_in_the_table():
    readout = open_readout()
    names = {part.name for part in readout.read(Snapshot(1.0)).parts}
    readout.close()
    table = PAGE.partition("## What is there")[2].partition("## Public dashboards")[0]
    listed = {name for row in re.findall(r"^\| ([a-z_, ]+) \|", table, re.MULTILINE) for name in row.split(", ")}
    assert listed - {"collector", "of each"} == names
