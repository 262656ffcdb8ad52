"""The headers that every answer has, whatever it says."""

from __future__ import annotations

from typing import Final

Headers = tuple[tuple[bytes, bytes], ...]

POLICY: Final = b"content-security-policy"
SECURITY: Final[Headers] = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
)
HARDENED: Final[Headers] = (
    *SECURITY,
    (b"cross-origin-resource-policy", b"same-origin"),
    (POLICY, b"default-src 'none'; frame-ancestors 'none'"),
)
"""Those of an answer that pages of other servers may not read."""
