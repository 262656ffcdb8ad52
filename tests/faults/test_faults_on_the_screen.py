"""Each fault, made for real under a dashboard: a line on the screen, a word in the header, and doctor has the remedy."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from cases import CASES, Case
from stage import Rig, Stage

pytestmark = [pytest.mark.root, pytest.mark.skipif(os.geteuid() != 0, reason="mounting needs root")]


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Stage]]:
    """Begin all of them at once: each takes ten seconds until it shows."""
    folder = tmp_path_factory.mktemp("faults")
    for at in range(len(CASES)):
        (folder / str(at)).mkdir()
    rig = Rig(folder, CASES)
    found: dict[str, Stage] = {}
    try:
        for at, case in enumerate(CASES):
            found[case.name] = Stage(rig, case, folder / str(at))
        for stage in found.values():
            stage.terminal.wait_until(lambda lines: any("LIVE" in line for line in lines), 60, stage.case.name)
        for stage in found.values():
            stage.terminal.wait_until(lambda lines: "rec" in lines[0], 30, "whether it is recorded")
            stage.case.fault(stage)
        yield found
    finally:
        with ThreadPoolExecutor(len(CASES)) as hands:
            list(hands.map(Stage.close, found.values()))
        rig.close()


def one_line(lines: list[str]) -> str:
    """Return the rows of a notice as the line that they are."""
    return " ".join(" ".join(lines[1:6]).split())


def wait_for(stage: Stage, pattern: str) -> None:
    """Wait for a line below the header; rows break it where they are full, within a path too."""
    wanted = re.compile(pattern.replace("{h}", re.escape(stage.path)).replace(" ", r"\s*"))

    def seen(lines: list[str]) -> bool:
        return bool(wanted.search(one_line(lines)) or wanted.search("".join(line.strip() for line in lines[1:6])))

    stage.terminal.wait_until(seen, 40, pattern)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.replace(" ", "-"))
def test_a_fault_is_said_with_its_remedy(stages: dict[str, Stage], case: Case):
    stage = stages[case.name]
    wait_for(stage, case.screen)
    assert "Esc hides this" in stage.terminal.text()
    stage.terminal.send("Escape")
    lines = stage.terminal.wait_until(lambda lines: "Esc hides this" not in "".join(lines), 10, "no notice")
    assert re.search(case.header, lines[0]), lines[0]
    assert "LIVE" in lines[0]  # all of this, and the screen goes on
    said = stage.doctor()
    for line in case.doctor:
        assert re.search(line.replace("{h}", re.escape(stage.path)), said), said
    assert "Traceback" not in said


@pytest.fixture(scope="module")
def mended(stages: dict[str, Stage]) -> dict[str, Stage]:
    """Undo what can be undone, all of it at once."""
    for stage in stages.values():
        if stage.case.mend is not None:
            stage.case.mend(stage)
    return stages


@pytest.mark.parametrize("case", [case for case in CASES if case.mend], ids=lambda case: case.name.replace(" ", "-"))
def test_that_it_is_mended_is_said(mended: dict[str, Stage], case: Case):
    stage = mended[case.name]
    wait_for(stage, case.mended)
    stage.terminal.wait_until(lambda lines: "! rec" not in lines[0] and "not recorded" not in lines[0], 10, "no mark")
