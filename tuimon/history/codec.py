"""Columns of integers as short blobs. docs/history-format.md describes every byte of this.

A hot row is the plain array of one sample, 4 or 8 bytes a value. A block is one series over a batch of
samples: a header byte, a zigzag varint, and an array byte plane by byte plane, each deflated if that is shorter. Of
"offset from the smallest" and "difference from the value before" the smaller is kept.
"""

from __future__ import annotations

import sys
import zlib
from array import array
from collections.abc import Sequence
from itertools import accumulate, islice
from operator import sub
from typing import Final

NONE: Final = -(1 << 63)
"""What stands for None among stored integers."""

_NONE4: Final = -(1 << 31)
_LIMIT4: Final = 1 << 31
_LIMIT8: Final = 1 << 63
_BIG: Final = sys.byteorder == "big"
_WIDTHS: Final = (1, 2, 4, 8)
_UNSIGNED: Final = "BHIQ"
_SIGNED: Final = "bhiq"

WIDTH_MASK: Final = 3
DELTA: Final = 4
NONES: Final = 8
PLAIN: Final = 16
CONSTANT: Final = 32
LEVEL: Final = 6


def pack_row(values: Sequence[int]) -> bytes:
    """Return one sample's integers as a hot row: 4 bytes each where all fit, else 8."""
    try:
        packed = array("i", values)
    except OverflowError:
        return little(_narrowed(values))
    return little(array("q", values) if _NONE4 in packed else packed)


def _narrowed(values: Sequence[int]) -> array[int]:
    """Pack values of which some are None or large."""
    if all(value == NONE or _NONE4 < value < _LIMIT4 for value in values):
        return array("i", [_NONE4 if value == NONE else value for value in values])
    return array("q", [value if -_LIMIT8 <= value < _LIMIT8 else NONE for value in values])


def unpack_row(data: bytes, count: int) -> list[int]:
    """Return the integers of a hot row of `count` values; None is NONE."""
    if len(data) == 8 * count:
        return array_of("q", data).tolist()
    values = array_of("i", data).tolist()
    return [NONE if value == _NONE4 else value for value in values] if _NONE4 in values else values


class Columns:
    """Hot rows of one layout (`count` values each), to be read series by series; None is NONE."""

    def __init__(self, rows: Sequence[bytes], count: int) -> None:
        self._count = count
        self._kind = "i" if all(len(row) == 4 * count for row in rows) else "q"
        if self._kind == "q":
            rows = [little(array("q", unpack_row(row, count))) for row in rows]
        self._joined = array_of(self._kind, b"".join(rows))

    def column(self, at: int) -> list[int]:
        """Return the values of the series at a position of the layout."""
        values = self._joined[at :: self._count]
        return _widened(values) if self._kind == "i" else values.tolist()


def _widened(values: array[int]) -> list[int]:
    found = values.tolist()
    return [NONE if value == _NONE4 else value for value in found] if _NONE4 in found else found


def encode(values: Sequence[int]) -> bytes:
    """Return a block of one series' values (None as NONE)."""
    low, high = min(values), max(values)
    if low == high:
        return bytes((CONSTANT | NONES,)) if low == NONE else bytes((CONSTANT,)) + varint(low)
    if low == NONE:
        return _with_nones(values)
    offset = _body(0, low, [value - low for value in values], _UNSIGNED)
    if high - low >= _LIMIT8:
        return offset
    delta = _body(DELTA, values[0], list(map(sub, islice(values, 1, None), values)), _SIGNED)
    return min(offset, delta, key=len)


def _with_nones(values: Sequence[int]) -> bytes:
    low = min(value for value in values if value != NONE)
    return _body(NONES, low, [0 if value == NONE else value - low + 1 for value in values], _UNSIGNED)


def _body(flags: int, base: int, values: list[int], kinds: str) -> bytes:
    code = _width_code(values, signed=kinds is _SIGNED)
    raw = little(array(kinds[code], values))
    width = _WIDTHS[code]
    parts = [varint(base)]
    for at in range(width - 1):
        packed, plain = _plane(raw[at::width])
        parts += [varint(0 if plain else len(packed)), packed]
    packed, plain = _plane(raw[width - 1 :: width])
    return bytes((flags | code | (PLAIN if plain else 0),)) + b"".join(parts) + packed


def _plane(data: bytes) -> tuple[bytes, bool]:
    """Return the shortest of a plane deflated, deflated without looking for repetitions, and as it is (True)."""
    packed = zlib.compress(data, LEVEL, wbits=-15)
    if len(packed) > 8 and 4 * len(packed) > len(data):  # noise: repetitions found in it only cost
        alone = zlib.compressobj(LEVEL, zlib.DEFLATED, -15, zlib.DEF_MEM_LEVEL, zlib.Z_HUFFMAN_ONLY)
        packed = min(packed, alone.compress(data) + alone.flush(), key=len)
    return (packed, False) if len(packed) < len(data) else (data, True)


def _width_code(values: list[int], *, signed: bool) -> int:
    """Return the index in _WIDTHS of the narrowest width that holds all values."""
    high = max(values)
    if not signed:
        return 0 if high < 1 << 8 else 1 if high < 1 << 16 else 2 if high < 1 << 32 else 3
    reach = max(high, -min(values) - 1)
    return 0 if reach < 1 << 7 else 1 if reach < 1 << 15 else 2 if reach < _LIMIT4 else 3


def decode(data: bytes, count: int) -> list[int]:
    """Return the `count` values of a block; None is NONE."""
    values, base = decode_offsets(data, count)
    return [value + base for value in values] if base else values


def decode_offsets(data: bytes, count: int) -> tuple[list[int], int]:
    """Return the `count` values of a block less a base, and that base: 0 where a value is None (NONE)."""
    flags = data[0]
    if flags & CONSTANT:
        return [NONE if flags & NONES else unvarint(data, 1)[0]] * count, 0
    base, at = unvarint(data, 1)
    code = flags & WIDTH_MASK
    raw = _joined(data, at, _WIDTHS[code], count - 1 if flags & DELTA else count)
    if flags & DELTA:
        return list(accumulate(array_of(_SIGNED[code], raw), initial=base)), 0
    values = array_of(_UNSIGNED[code], raw).tolist()
    if flags & NONES:
        base -= 1
        return [value + base if value else NONE for value in values], 0
    return values, base


def _joined(data: bytes, at: int, width: int, count: int) -> bytes:
    """Return the elements of a body that begins at a position, put together from its planes."""
    if width == 1:
        return _last(data, at)
    out = bytearray(count * width)
    for plane in range(width - 1):
        length, at = unvarint(data, at)
        if length:
            out[plane::width] = zlib.decompress(data[at : at + length], wbits=-15)
        else:
            length = count
            out[plane::width] = data[at : at + count]
        at += length
    out[width - 1 :: width] = _last(data, at)
    return bytes(out)


def _last(data: bytes, at: int) -> bytes:
    return data[at:] if data[0] & PLAIN else zlib.decompress(data[at:], wbits=-15)


def varint(value: int) -> bytes:
    """Return an integer as a zigzag varint: 7 bits a byte, lowest first, the top bit set on all but the last."""
    left = (value << 1) if value >= 0 else ((-value << 1) - 1)
    out = bytearray()
    while left > 127:
        out.append(left & 127 | 128)
        left >>= 7
    out.append(left)
    return bytes(out)


def unvarint(data: bytes, at: int) -> tuple[int, int]:
    """Return the integer that begins at a position, and the position after it."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            break
        shift += 7
    return (value >> 1 if value & 1 == 0 else -((value + 1) >> 1)), at


def array_of(kind: str, data: bytes) -> array[int]:
    """Return little-endian bytes as an array of the `array` module's kind."""
    found = array(kind)
    found.frombytes(data)
    if _BIG:
        found.byteswap()
    return found


def little(values: array[int]) -> bytes:
    """Return an array as little-endian bytes."""
    if _BIG:
        values = values[:]
        values.byteswap()
    return values.tobytes()
