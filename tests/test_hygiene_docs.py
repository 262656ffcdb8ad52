"""The documents tell the truth: generated pages are current, links lead somewhere, commands exist."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tools.docs import PAGES

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
DECISIONS = sorted(ROOT.glob("docs/decisions/*.md"))
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"^```[^\n]*\n.*?^```|^(?: {4}|\t)[^\n]*$|`[^`\n]+`", re.MULTILINE | re.DOTALL)


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def headings(path: Path) -> list[str]:
    text = re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return re.findall(r"^#+ +(.+?) *$", text, re.MULTILINE)


def anchor(heading: str) -> str:
    """The id that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES)
def test_a_page_made_from_the_code_is_what_the_code_makes(page):
    assert (ROOT / page).read_text(encoding="utf-8") == PAGES[page](), "run `make docs`"


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_link_leads_to_a_file_or_heading_that_is_there(document):
    broken = []
    for link in LINK.findall(document.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, fragment = link.partition("#")
        target = (document.parent / name).resolve() if name else document
        if not target.exists() or (fragment and fragment not in map(anchor, headings(target))):
            broken.append(link)
    assert not broken


@pytest.mark.parametrize("page", DECISIONS, ids=name_of)
def test_a_decision_says_its_context_what_was_decided_and_its_price(page):
    found = headings(page)
    assert re.match(r"\d{4}-[a-z0-9-]+\.md$", page.name)
    assert {"Context", "Decision", "Price"} <= set(found), found


def test_there_are_decisions_and_their_numbers_are_told_apart():
    numbers = [page.name[:4] for page in DECISIONS]
    assert numbers
    assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_make_command_in_a_document_is_a_target(document):
    named = set(re.findall(r"(?:`|^ {4}|&& )make ([a-z]+)", document.read_text(encoding="utf-8"), re.MULTILINE))
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert named <= targets


def test_the_readme_shows_how_to_begin():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "    make run\n" in text
    assert text.count("git clone") == 1


def test_make_help_names_every_target():
    done = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    phony = re.search(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert phony is not None
    for target in phony[1].split():
        assert f"make {target} " in done.stdout


def subcommands() -> set[str]:
    """What `tuimon --help` offers under "commands"."""
    done = subprocess.run(
        [sys.executable, "-m", "tuimon", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(re.findall(r"^ {4}([a-z]+)\b", done.stdout.partition("commands:")[2], re.MULTILINE))


def test_the_help_names_its_commands():
    assert {"show", "export", "config"} <= subcommands()


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_tuimon_command_in_a_document_exists(document):
    code = "\n".join(CODE.findall(document.read_text(encoding="utf-8")))
    named = set(re.findall(r"(?:^|[;&|/`] ?| {4})tuimon ([a-z]+)\b", code, re.MULTILINE))
    if named:
        assert named <= subcommands()
