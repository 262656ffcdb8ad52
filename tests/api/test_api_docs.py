"""The page about the API is tried line by line, on the machine that it names."""

from __future__ import annotations

import os
import re
import subprocess

import pytest
from servers import ROOT, TOKEN

PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^    (curl .*)$", PAGE, re.MULTILINE)


@pytest.fixture(scope="module")
def made_up(serving):
    """Return the server of the page's first lines: a simulated machine with a day of past."""
    served = serving("--simulate", "busy", token=TOKEN)
    answers = (
        served.get("/api/v1/history") for _ in range(5)
    )  # each waits while the past is made up, for half a minute
    assert next(answer for answer in answers if answer.status == 200).json["spans"]
    yield served
    assert served.end() == 0


def test_every_path_of_the_contract_has_an_example(made_up):
    paths = made_up.get("/openapi.json").json["paths"]
    for path in paths:
        assert f"\n## {path}\n" in PAGE
        pattern = re.escape("$TUIMON" + path).replace(r"\{family\}", r"\w+").replace(r"\{pid\}", r"\d+")
        assert any(re.search(f'{pattern}[?"]', line) for line in EXAMPLES), path
    assert len(EXAMPLES) == len(paths)


@pytest.mark.parametrize("line", EXAMPLES)
def test_an_example_works_as_it_is_typed(made_up, line):
    endless = "/api/v1/stream" in line
    bound = "--max-time 3 " if endless else ""
    done = subprocess.run(
        ["bash", "-c", line.replace("curl -s", f"curl -s {bound}--fail-with-body -o - -w '\n%{{http_code}}'", 1)],
        env=os.environ | {"TUIMON": made_up.url, "TOKEN": TOKEN},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == (28 if endless else 0), done.stdout[-500:] + done.stderr
    body, _, status = done.stdout.rpartition("\n")
    assert status == "200"
    assert len(body) > 30
    assert '"processes":[]' not in body, "an example that shows nothing"
    assert '"series":[]' not in body or "/alerts/rules" in line  # of a rule at rest
