"""Processes that come and go: cron jobs, health checks, strangers at the door."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tuimon.collectors.simulated.role import Role


@dataclass(frozen=True, slots=True)
class Visit:
    """Processes that come and go: a chain from parent to child, about `every` so many seconds, for `stays` seconds."""

    every: float
    stays: tuple[float, float]
    chain: tuple[Role, ...]
    steady: bool = False  # on the dot, as cron does


VISITS: Final = (
    Visit(10.0, (0.05, 0.9), (Role("curl", "curl -fsS -o /dev/null http://127.0.0.1:8080/healthz", "app", parent="systemd", rss_mib=8.9, virtual_mib=92, cores=0.08),), steady=True),
    Visit(60.0, (1.5, 6.0), (
        Role("cron", "/usr/sbin/CRON -f", parent="cron", rss_mib=4.1, virtual_mib=9, key="cron-job"),
        Role("sh", "/bin/sh -c /srv/shop/bin/send-digests --limit 200", "app", parent="cron-job", rss_mib=0.9, virtual_mib=3, key="cron-sh"),
        Role("python", "/srv/shop/venv/bin/python /srv/shop/bin/send-digests --limit 200", "app", parent="cron-sh", rss_mib=61, virtual_mib=180, shared=0.2, cores=0.7, reads=6e5, writes=4e4),
    ), steady=True),
    Visit(75.0, (2.0, 9.0), (Role("postgres", "postgres: 15/main: autovacuum worker shop", "postgres", parent="postmaster", rss_mib=88, virtual_mib=2216, shared=0.9, cores=0.3, reads=2.6e6, writes=9e5),)),
    Visit(50.0, (0.8, 2.6), (
        Role("sshd", "sshd: unknown [priv]", parent="sshd", rss_mib=9.2, virtual_mib=17, cores=0.02, key="sshd-unknown"),
        Role("sshd", "sshd: unknown [net]", "sshd", parent="sshd-unknown", rss_mib=5.4, virtual_mib=16, cores=0.03),
    )),
    Visit(300.0, (2.0, 8.0), (Role("find", "find /data/cache -type f -mmin +1440 -delete", "www-data", parent="cron", rss_mib=4.2, virtual_mib=7, cores=0.35, kernel_share=0.8, reads=3e6, disk="sda"),)),
    Visit(1800.0, (45.0, 90.0), (Role("pg_dump", "pg_dump --format=custom --file=/data/backup/shop.dump shop", "postgres", parent="cron", rss_mib=24, virtual_mib=90, cores=0.62, reads=2.1e7, writes=5.2e6, disk="sda", nice=10),)),
)  # fmt: skip
"""Who comes and goes."""
