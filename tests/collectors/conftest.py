"""Fixtures of the collectors' tests."""

from __future__ import annotations

import pytest
from recorded_trees import Tree


@pytest.fixture
def tree(tmp_path):
    return Tree(tmp_path)


@pytest.fixture
def watch(tree):
    """Open collectors of the tree, and close them after the test."""
    opened = []

    def start(**options):
        opened.append(tree.collector(**options))
        return opened[-1]

    yield start
    for collector in opened:
        collector.close()
