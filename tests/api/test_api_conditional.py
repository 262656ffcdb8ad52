"""What is read of the past is sent once: its ETag says that a client has it, and what is compressed is kept."""

from __future__ import annotations

import gzip

import pytest
from servers import UNTIL

from tuimon.api.writing import Zipped

PATHS = [
    "/api/v1/catalogue",
    f"/api/v1/metrics/cpu?from=2026-11-20T11:40:00Z&to={UNTIL}&points=100",
    f"/api/v1/snapshot?at={UNTIL}",
    f"/api/v1/events?to={UNTIL}",
]


@pytest.mark.parametrize("path", PATHS)
def test_who_has_an_answer_is_told_so(simulated, path):
    first = simulated.get(path)
    again = simulated.get(path, If_None_Match=f'"other", {first.headers["etag"]}')
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert simulated.get(path, If_None_Match='"other"').body == first.body
    small = simulated.get(path, accept_encoding="gzip")
    assert small.headers["etag"] == first.headers["etag"]
    body = gzip.decompress(small.body) if "content-encoding" in small.headers else small.body
    assert body == first.body


def test_what_says_something_else_has_another_etag(simulated):
    assert len({simulated.get(path).headers["etag"] for path in PATHS}) == len(PATHS)


def test_a_body_is_compressed_once_and_few_are_kept():
    zipped = Zipped(most_bytes=100)
    bodies = {bytes([n]): bytes([n]) * 2000 for n in range(20)}
    for _ in range(3):
        zipped.of(b"\1", bodies[b"\1"])
    assert zipped.made == 1
    assert all(gzip.decompress(zipped.of(digest, body)) == body for digest, body in bodies.items())
    assert sum(len(one) for one in zipped._found.values()) <= 100
    made = zipped.made
    zipped.of(b"\0", bodies[b"\0"])
    assert zipped.made == made + 1, "the oldest is made anew"
