"""The numbers of a series as they are written: JSON, whole ones as such, what is not known as null."""

from __future__ import annotations

import json
import math

from hypothesis import given
from hypothesis import strategies as st

from tuimon.api.writing import MOST_TEXTS, numbers

VALUES = st.lists(st.none() | st.floats() | st.integers(-(2**53), 2**53) | st.integers(-9, 9).map(float))


@given(VALUES)
def test_each_is_written_to_four_decimals_whole_ones_without_and_what_is_no_number_as_null(values):
    for _ in range(2):  # the second time from memory
        for value, written in zip(values, json.loads(numbers(values)), strict=True):
            if value is None or not math.isfinite(value):
                assert written is None
            else:
                assert written == round(value, 4)
                assert isinstance(written, int) or value != int(value)


def test_more_of_them_than_are_remembered_are_written_as_well():
    values = [number / 8 for number in range(2 * MOST_TEXTS)]
    assert json.loads(numbers(values)) == [round(value, 4) for value in values]
