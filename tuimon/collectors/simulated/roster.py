"""Who works on the simulated machines: the processes of a Debian web server, as a tree."""

from __future__ import annotations

from typing import Final

from tuimon.collectors.simulated.kernel_threads import kernel_threads
from tuimon.collectors.simulated.role import Role
from tuimon.collectors.simulated.scenarios import Culprit, Size

_BASE: Final = (
    Role("systemd", "/sbin/init", parent="", rss_mib=12.4, virtual_mib=165, wakes=0.1, cost=0.008, pid=1),
    Role("kthreadd", "", parent="", rss_mib=0, kernel=True, pid=2),
    Role("systemd-journal", "/lib/systemd/systemd-journald", rss_mib=31, virtual_mib=66, wakes=0.5, cost=0.004, writes=9e3),
    Role("systemd-udevd", "/lib/systemd/systemd-udevd", rss_mib=6.9, virtual_mib=26, wakes=0.003, cost=0.004),
    Role("systemd-timesyn", "/lib/systemd/systemd-timesyncd", "systemd-timesync", threads=2, rss_mib=6.7, virtual_mib=88, wakes=0.02, cost=0.001),
    Role("dbus-daemon", "/usr/bin/dbus-daemon --system --address=systemd: --nofork", "messagebus", rss_mib=4.9, virtual_mib=9, wakes=0.05, cost=0.002),
    Role("systemd-logind", "/lib/systemd/systemd-logind", rss_mib=8.1, virtual_mib=49, wakes=0.03, cost=0.002),
    Role("rsyslogd", "/usr/sbin/rsyslogd -n -iNONE", threads=4, rss_mib=6.2, virtual_mib=217, wakes=0.5, cost=0.003, writes=7e3),
    Role("cron", "/usr/sbin/cron -f", rss_mib=2.8, virtual_mib=7, wakes=0.017, cost=0.002),
    Role("agetty", "/sbin/agetty -o -p -- \\u --noclear - linux", rss_mib=1.1, virtual_mib=6),
    Role("sshd", "sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups", rss_mib=9.3, virtual_mib=15, wakes=0.01, cost=0.003),
    Role("unattended-upgr", "/usr/bin/python3 /usr/share/unattended-upgrades/unattended-upgrade-shutdown", threads=2, rss_mib=21, virtual_mib=107),
    Role("prometheus-node", "/usr/bin/prometheus-node-exporter", "prometheus", threads=11, rss_mib=19, virtual_mib=720, wakes=0.067, cost=0.03),
    Role("smartd", "/usr/sbin/smartd -n", rss_mib=5.8, virtual_mib=12, wakes=0.0006, cost=0.01),
    Role("sshd", "sshd: app [priv]", parent="sshd", rss_mib=10.4, virtual_mib=18, key="sshd-priv"),
    Role("sshd", "sshd: app@pts/0", "app", parent="sshd-priv", rss_mib=6.6, virtual_mib=18, wakes=0.2, cost=0.001, key="sshd-app"),
    Role("bash", "-bash", "app", parent="sshd-app", rss_mib=5.3, virtual_mib=8, wakes=0.01, cost=0.004),
    Role("tuimon", "tuimon record", "app", threads=3, rss_mib=36, virtual_mib=290, wakes=1.0, cost=0.006, writes=6e3),
)  # fmt: skip

_WEB: Final = (
    Role("nginx", "nginx: master process /usr/sbin/nginx -g daemon on; master_process on;", rss_mib=7.2, virtual_mib=58, key="nginx-master", pid=2204),
    Role("nginx", "nginx: worker process", "www-data", parent="nginx-master", count=4, rss_mib=38, virtual_mib=92, serves=0.00021, kernel_share=0.55, writes=2.4e3, wakes=1.0, cost=0.0002, pid=2210),
    Role("postgres", "/usr/lib/postgresql/15/bin/postgres -D /var/lib/postgresql/15/main", "postgres", rss_mib=31, virtual_mib=2210, wakes=0.05, cost=0.002, key="postmaster", pid=806),
    Role("postgres", "postgres: 15/main: checkpointer", "postgres", parent="postmaster", rss_mib=610, virtual_mib=2211, shared=0.97, wakes=0.1, cost=0.02, writes=3.2e6, pid=811),
    Role("postgres", "postgres: 15/main: background writer", "postgres", parent="postmaster", rss_mib=280, virtual_mib=2210, shared=0.97, wakes=1.2, cost=0.001, writes=1.6e5, pid=812),
    Role("postgres", "postgres: 15/main: walwriter", "postgres", parent="postmaster", rss_mib=21, virtual_mib=2210, shared=0.8, wakes=4.0, cost=0.0008, writes=1.3e5, pid=813),
    Role("postgres", "postgres: 15/main: autovacuum launcher", "postgres", parent="postmaster", rss_mib=11, virtual_mib=2212, shared=0.8, wakes=0.02, cost=0.004, pid=814),
    Role("redis-server", "/usr/bin/redis-server 127.0.0.1:6379", "redis", threads=5, rss_mib=184, virtual_mib=310, serves=0.00014, wakes=10.0, cost=0.00012, kernel_share=0.45),
    Role("gunicorn", "/srv/shop/venv/bin/python /srv/shop/venv/bin/gunicorn shop.wsgi -w 4 -b unix:/run/shop.sock", "app", rss_mib=42, virtual_mib=118, wakes=0.5, cost=0.0007, key="gunicorn-master"),
)  # fmt: skip

_LARGE: Final = (
    Role("gunicorn", "/srv/shop/venv/bin/python /srv/shop/venv/bin/gunicorn shop.wsgi -w 4 -b unix:/run/shop.sock", "app", parent="gunicorn-master", count=4, threads=3, rss_mib=268, virtual_mib=640, shared=0.12, serves=0.00072, kernel_share=0.14, wakes=0.5, cost=0.001),
    Role("postgres", "postgres: 15/main: shop shop 127.0.0.1({port}) idle", "postgres", parent="postmaster", count=34, rss_mib=148, virtual_mib=2224, shared=0.88, wakes=0.06, cost=0.1, kernel_share=0.25, reads=9e5, writes=2.4e5),
    Role("java", "/usr/bin/java -Xms2g -Xmx2g -jar /srv/search/search.jar --port=9200", "search", threads=71, rss_mib=2710, virtual_mib=6320, shared=0.02, serves=0.0008, kernel_share=0.12, wakes=3.0, cost=0.004, reads=2.2e4, writes=1.5e4),
    Role("containerd", "/usr/bin/containerd", threads=19, rss_mib=52, virtual_mib=1890, wakes=0.4, cost=0.004),
    Role("dockerd", "/usr/sbin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock", threads=22, rss_mib=88, virtual_mib=2410, wakes=0.3, cost=0.004, writes=1e3),
    Role("containerd-shim", "/usr/bin/containerd-shim-runc-v2 -namespace moby -id 5e1f0c", threads=11, rss_mib=13, virtual_mib=1236, wakes=0.05, cost=0.001, count=3),
    Role("mailer", "/app/mailer --queue redis://127.0.0.1/2", "1000", parent="containerd-shim", threads=9, rss_mib=66, virtual_mib=1310, wakes=0.2, cost=0.012, reads=2e3, writes=4e3),
    Role("grafana", "/usr/share/grafana/bin/grafana server", "grafana", parent="containerd-shim", threads=17, rss_mib=143, virtual_mib=1720, wakes=0.15, cost=0.018, writes=3e3),
    Role("node", "node /app/push/server.js --port 3300", "1000", parent="containerd-shim", threads=11, rss_mib=171, virtual_mib=1140, wakes=0.5, cost=0.03),
    Role("celery", "/srv/shop/venv/bin/python -m celery -A shop worker --concurrency 4", "app", rss_mib=118, virtual_mib=430, wakes=0.5, cost=0.004, key="celery-master"),
    Role("celery", "/srv/shop/venv/bin/python -m celery -A shop worker --concurrency 4", "app", parent="celery-master", count=4, rss_mib=136, virtual_mib=470, shared=0.3, wakes=0.09, cost=0.6, kernel_share=0.1, reads=1.1e6, writes=3e5),
    Role("php-fpm8.2", "php-fpm: master process (/etc/php/8.2/fpm/php-fpm.conf)", rss_mib=28, virtual_mib=210, wakes=0.02, cost=0.002, key="php-master"),
    Role("php-fpm8.2", "php-fpm: pool blog", "www-data", parent="php-master", count=16, rss_mib=47, virtual_mib=228, shared=0.5, wakes=0.01, cost=0.12, kernel_share=0.15, reads=4e4),
    Role("memcached", "/usr/bin/memcached -m 512 -p 11211 -u memcache -l 127.0.0.1", "memcache", threads=10, rss_mib=342, virtual_mib=770, shared=0.02, wakes=4.0, cost=0.0006, kernel_share=0.6),
    Role("haproxy", "/usr/sbin/haproxy -Ws -f /etc/haproxy/haproxy.cfg -p /run/haproxy.pid", "haproxy", threads=8, rss_mib=34, virtual_mib=360, serves=0.00016, kernel_share=0.6, wakes=1.0, cost=0.0003),
    Role("master", "/usr/lib/postfix/sbin/master -w", rss_mib=5.6, virtual_mib=43, wakes=0.02, cost=0.002, key="postfix"),
    Role("qmgr", "qmgr -l -t unix -u", "postfix", parent="postfix", rss_mib=7.1, virtual_mib=43, wakes=0.02, cost=0.003, writes=4e3),
    Role("pickup", "pickup -l -t unix -u -c", "postfix", parent="postfix", rss_mib=7.0, virtual_mib=43),
    Role("fail2ban-server", "/usr/bin/python3 /usr/bin/fail2ban-server -xf start", threads=5, rss_mib=33, virtual_mib=322, wakes=1.0, cost=0.0016),
    Role("vector", "/usr/bin/vector --config /etc/vector/vector.yaml", "vector", threads=13, rss_mib=92, virtual_mib=480, wakes=2.0, cost=0.006, writes=3e3),
)  # fmt: skip

_MEDIUM: Final = (
    Role("gunicorn", "/srv/shop/venv/bin/python /srv/shop/venv/bin/gunicorn shop.wsgi -w 4 -b unix:/run/shop.sock", "app", parent="gunicorn-master", count=4, threads=3, rss_mib=236, virtual_mib=640, shared=0.12, serves=0.0011, kernel_share=0.14, wakes=0.5, cost=0.001),
    Role("postgres", "postgres: 15/main: shop shop 127.0.0.1({port}) idle", "postgres", parent="postmaster", count=12, rss_mib=132, virtual_mib=2224, shared=0.88, wakes=0.1, cost=0.06, kernel_share=0.25, reads=8e4, writes=9e4),
    Role("java", "/usr/bin/java -Xms1g -Xmx1g -jar /srv/search/search.jar --port=9200", "search", threads=54, rss_mib=1520, virtual_mib=4210, shared=0.02, serves=0.0009, kernel_share=0.12, wakes=3.0, cost=0.003, reads=1e4, writes=1e4),
    Role("containerd", "/usr/bin/containerd", threads=14, rss_mib=46, virtual_mib=1790, wakes=0.4, cost=0.003),
    Role("containerd-shim", "/usr/bin/containerd-shim-runc-v2 -namespace k8s.io -id 1b7ac2", threads=11, rss_mib=13, virtual_mib=1236, wakes=0.05, cost=0.001),
    Role("mailer", "/app/mailer --queue redis://127.0.0.1/2", "1000", parent="containerd-shim", threads=9, rss_mib=66, virtual_mib=1310, wakes=0.2, cost=0.012, writes=4e3),
)  # fmt: skip

_SMALL: Final = (
    Role("gunicorn", "/srv/shop/venv/bin/python /srv/shop/venv/bin/gunicorn shop.wsgi -w 2 -b unix:/run/shop.sock", "app", parent="gunicorn-master", count=2, threads=2, rss_mib=164, virtual_mib=520, shared=0.12, serves=0.0016, kernel_share=0.14, wakes=0.3, cost=0.001),
    Role("postgres", "postgres: 15/main: shop shop 127.0.0.1({port}) idle", "postgres", parent="postmaster", count=4, rss_mib=92, virtual_mib=2224, shared=0.88, wakes=0.03, cost=0.03, kernel_share=0.25, reads=2e4, writes=3e4),
)  # fmt: skip

_SIZES: Final[dict[Size, tuple[Role, ...]]] = {"small": _SMALL, "medium": _MEDIUM, "large": _LARGE}


CULPRIT_PID: Final = 4312


def resident(culprit: Culprit) -> Role:
    """Return the role of a culprit that has been there since boot."""
    return Role(
        name=culprit.name,
        command=culprit.command,
        user=culprit.user,
        threads=culprit.threads,
        rss_mib=220,
        virtual_mib=900,
        shared=0.03,
        wakes=1.0,
        cost=0.02,
        kernel_share=0.7 if culprit.flood else 0.2,
        disk="sda" if culprit.fill_goal else "nvme0n1",
        writes=12e3,
        pid=CULPRIT_PID,
    )


def visiting(culprit: Culprit) -> Role:
    """Return the role of a culprit that comes with its incident."""
    return Role(
        name=culprit.name,
        command=culprit.command,
        user=culprit.user,
        parent="cron",
        threads=culprit.threads,
        rss_mib=640,
        virtual_mib=1900,
        shared=0.02,
        kernel_share=0.03,
        reads=4e6,
        nice=5,
    )


def roles(size: Size, culprit: Culprit | None) -> tuple[Role, ...]:
    """Return who is there at boot, parents before their children."""
    own = (resident(culprit),) if culprit is not None and culprit.resident else ()
    first, second, *rest = _BASE
    return (first, second, *kernel_threads(), *rest, *_WEB, *_SIZES[size], *own)
