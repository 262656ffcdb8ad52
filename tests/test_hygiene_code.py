"""The code keeps its own rules: names, sizes, reasons beside exceptions."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = sorted((ROOT / "tuimon").rglob("*.py"))
ALL = sorted(
    [*PACKAGE, *(ROOT / "tests").rglob("*.py"), *(ROOT / "benchmarks").rglob("*.py"), *ROOT.glob("tools/*.py")]
)
VAGUE = {"utils", "util", "helpers", "helper", "manager", "misc", "common", "data", "info"}
TOO_LONG = 500  # four hundred lines make uneasy, five hundred are two files


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_modules_are_named_after_what_they_are():
    assert not [name_of(path) for path in PACKAGE if path.stem in VAGUE]


def test_classes_are_not_named_manager_or_helper():
    vague = re.compile(r"^class \w*(?:Manager|Helper|Util|Utils)\b", re.MULTILINE)
    assert not [name_of(path) for path in PACKAGE if vague.search(path.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("path", PACKAGE, ids=name_of)
def test_a_module_stays_small(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= TOO_LONG


def test_an_exception_from_a_rule_has_its_reason_beside_it():
    bare = re.compile(r"#\s*(?:noqa: [A-Z0-9, ]+|type: ignore\[[a-z-, ]+\])\s*$|#\s*(?:noqa|type: ignore)\s*$")
    found = [
        f"{name_of(path)}:{number}"
        for path in ALL
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if bare.search(line)
    ]
    assert not found


def test_test_modules_have_different_names():
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert len(set(names)) == len(names), sorted(name for name in names if names.count(name) > 1)
