"""What is packed comes back, whatever it is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tuimon.history import processcodec
from tuimon.history.codec import NONE, Columns, decode, decode_offsets, encode, pack_row, unpack_row, unvarint, varint
from tuimon.history.processcodec import Entry

small = st.integers(-300, 300)
any_size = st.one_of(small, st.integers(-(1 << 40), 1 << 40), st.integers(-(1 << 62), (1 << 62) - 1))
with_none = st.one_of(st.just(NONE), small, any_size)


@given(st.lists(st.one_of(small, any_size), min_size=1, max_size=700))
def test_a_block_without_holes_comes_back(values):
    assert decode(encode(values), len(values)) == values


@given(st.lists(with_none, min_size=1, max_size=700))
def test_a_block_with_holes_comes_back(values):
    assert decode(encode(values), len(values)) == values


@given(st.lists(with_none, min_size=1, max_size=50))
def test_a_base_is_only_split_off_where_nothing_is_none(values):
    offsets, base = decode_offsets(encode(values), len(values))
    assert [NONE if value == NONE else value + base for value in offsets] == values
    assert base == 0 or NONE not in offsets


def test_a_slow_ramp_takes_less_than_a_bit_a_value_and_a_constant_nothing_but_its_head():
    assert len(encode(list(range(10_000, 10_600)))) < 600 / 8
    assert len(encode([77] * 600)) == 3
    assert len(encode([NONE] * 600)) == 1


@given(st.lists(with_none, max_size=60))
def test_a_hot_row_comes_back(values):
    assert unpack_row(pack_row(values), len(values)) == values


@given(st.lists(st.lists(with_none, min_size=3, max_size=3), min_size=1, max_size=20))
def test_columns_of_hot_rows_of_both_widths(rows):
    columns = Columns([pack_row(row) for row in rows], 3)
    assert [columns.column(at) for at in range(3)] == [list(column) for column in zip(*rows, strict=True)]


def test_the_value_that_stands_for_none_in_four_bytes_is_kept_apart():
    assert unpack_row(pack_row([-(1 << 31), NONE, 5]), 3) == [-(1 << 31), NONE, 5]


@given(st.integers())
def test_varints(value):
    assert unvarint(b"x" + varint(value), 1) == (value, 1 + len(varint(value)))


entries = st.builds(
    Entry, life=st.integers(1, 50), cpu=st.integers(-1, 64_000), cpu_time=st.integers(0, 1 << 40),
    rss=st.integers(0, 1 << 30), virtual=st.integers(0, 1 << 40), threads=st.integers(0, 5000), nice=st.integers(-20, 19),
    priority=st.integers(-100, 139), state=st.sampled_from([ord(c) for c in "RSDZTI"]), read=st.integers(-1, 1 << 33),
    write=st.integers(-1, 1 << 33),
)  # fmt: skip
row = st.lists(entries, max_size=8, unique_by=lambda entry: entry.life).map(lambda es: tuple(sorted(es)))


@given(row)
def test_a_process_row_comes_back(entries_):
    assert processcodec.unpack_row(processcodec.pack_row(entries_)) == entries_


@given(st.lists(row, min_size=1, max_size=12))
def test_a_process_block_comes_back(rows):
    timed = [(1_700_000_000_000 + 5000 * at, entries_) for at, entries_ in enumerate(rows)]
    assert processcodec.unpack_block(processcodec.pack_block(timed)) == timed
