"""Who works on the simulated machines: the processes of a Debian web server, as a tree."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from tuimon.collectors.simulated.scenarios import Culprit, Size

MIB: Final = 1024 * 1024
CORES: Final = 8


@dataclass(frozen=True, slots=True)
class Role:
    """What one process is and does.

    It wakes `wakes` times a second on average and then uses `cost` seconds of CPU, reads and writes so many bytes;
    besides it uses `serves` seconds of CPU a request of the machine. `kernel_share` of its CPU time is in the kernel.
    A visitor uses `cores` of a core for as long as it lives, and reads and writes so many bytes a second.
    `shared` of its resident memory is also counted in others'. `parent` names another role; `pid` is fixed or None.
    """

    name: str
    command: str = ""
    user: str = "root"
    parent: str = "systemd"
    count: int = 1
    threads: int = 1
    rss_mib: float = 4.0
    virtual_mib: float = 0.0
    shared: float = 0.5
    wakes: float = 0.0
    cost: float = 0.0
    serves: float = 0.0
    cores: float = 0.0
    kernel_share: float = 0.3
    reads: float = 0.0
    writes: float = 0.0
    disk: str = "nvme0n1"
    nice: int = 0
    realtime: bool = False
    kernel: bool = False
    pid: int | None = None
    key: str = ""

    @property
    def title(self) -> str:
        """What children call their parent by."""
        return self.key or self.name


def _kernel_thread(name: str, wakes: float = 0.002, cost: float = 0.0004, **more: bool | int) -> Role:
    base = Role(name=name, parent="kthreadd", rss_mib=0, wakes=wakes, cost=cost, kernel_share=1.0, kernel=True)
    return replace(base, nice=int(more.get("nice", 0)), realtime=bool(more.get("realtime", False)))


def _kernel_threads() -> list[Role]:
    roles = [_kernel_thread(n, nice=-20) for n in ("rcu_gp", "rcu_par_gp", "slub_flushwq", "netns", "mm_percpu_wq")]
    roles += [_kernel_thread("rcu_preempt", 4.0, 0.00006), _kernel_thread("kcompactd0"), _kernel_thread("oom_reaper")]
    for cpu in range(CORES):
        roles += [
            _kernel_thread(f"cpuhp/{cpu}", 0.0),
            _kernel_thread(f"migration/{cpu}", 0.02, realtime=True),
            _kernel_thread(f"ksoftirqd/{cpu}", 0.05, 0.001),
            _kernel_thread(f"kworker/{cpu}:0H-kblockd", 0.01, 0.0008, nice=-20),
            _kernel_thread(f"kworker/{cpu}:1-events", 0.3, 0.0004),
        ]
    roles += [_kernel_thread("kdevtmpfs", 0.0), _kernel_thread("kauditd", 0.001), _kernel_thread("khungtaskd", 0.008)]
    roles += [_kernel_thread("writeback", 0.01, nice=-20), _kernel_thread("ksmd", 0.0, nice=5)]
    roles += [_kernel_thread("khugepaged", 0.02, 0.003, nice=19), _kernel_thread("kblockd", nice=-20)]
    roles += [_kernel_thread("kswapd0", 0.004, 0.002), _kernel_thread("kthrotld", 0.0, nice=-20)]
    roles += [_kernel_thread("nvme-wq", nice=-20), _kernel_thread("scsi_eh_0", 0.0), _kernel_thread("wg-crypt-wg0")]
    roles += [_kernel_thread("jbd2/nvme0n1p2-8", 0.25, 0.0012), _kernel_thread("ext4-rsv-conver", 0.0, nice=-20)]
    roles += [
        _kernel_thread("jbd2/sda1-8", 0.08, 0.0012),
        _kernel_thread("irq/128-nvme0q1", 0.4, 0.0003, realtime=True),
    ]
    roles += [_kernel_thread(f"kworker/u16:{n}-flush-259:0", 0.6, 0.0009) for n in range(4)]
    return roles


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
    Role("node_exporter", "/usr/bin/prometheus-node-exporter", "prometheus", threads=11, rss_mib=19, virtual_mib=720, wakes=0.067, cost=0.03),
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
    Role("postgres", "postgres: 15/main: checkpointer", "postgres", parent="postmaster", rss_mib=610, virtual_mib=2211, shared=0.97, wakes=0.1, cost=0.02, writes=9e5, pid=811),
    Role("postgres", "postgres: 15/main: background writer", "postgres", parent="postmaster", rss_mib=280, virtual_mib=2210, shared=0.97, wakes=1.2, cost=0.001, writes=6e4, pid=812),
    Role("postgres", "postgres: 15/main: walwriter", "postgres", parent="postmaster", rss_mib=21, virtual_mib=2210, shared=0.8, wakes=4.0, cost=0.0008, writes=6.5e4, pid=813),
    Role("postgres", "postgres: 15/main: autovacuum launcher", "postgres", parent="postmaster", rss_mib=11, virtual_mib=2212, shared=0.8, wakes=0.02, cost=0.004, pid=814),
    Role("redis-server", "/usr/bin/redis-server 127.0.0.1:6379", "redis", threads=5, rss_mib=184, virtual_mib=310, serves=0.00014, wakes=10.0, cost=0.00012, kernel_share=0.45),
    Role("gunicorn", "/srv/shop/venv/bin/python /srv/shop/venv/bin/gunicorn shop.wsgi -w 4 -b unix:/run/shop.sock", "app", rss_mib=42, virtual_mib=118, wakes=0.5, cost=0.0007, key="gunicorn-master"),
)  # fmt: skip

_LARGE: Final = (
    Role("gunicorn", "/srv/shop/venv/bin/python /srv/shop/venv/bin/gunicorn shop.wsgi -w 4 -b unix:/run/shop.sock", "app", parent="gunicorn-master", count=4, threads=3, rss_mib=268, virtual_mib=640, shared=0.12, serves=0.00072, kernel_share=0.14, wakes=0.5, cost=0.001),
    Role("postgres", "postgres: 15/main: shop shop 127.0.0.1({port}) idle", "postgres", parent="postmaster", count=26, rss_mib=148, virtual_mib=2224, shared=0.88, wakes=0.11, cost=0.07, kernel_share=0.25, reads=9e4, writes=1.1e5),
    Role("java", "/usr/bin/java -Xms2g -Xmx2g -jar /srv/search/search.jar --port=9200", "search", threads=71, rss_mib=2710, virtual_mib=6320, shared=0.02, serves=0.0008, kernel_share=0.12, wakes=3.0, cost=0.004, reads=2.2e4, writes=1.5e4),
    Role("containerd", "/usr/bin/containerd", threads=19, rss_mib=52, virtual_mib=1890, wakes=0.4, cost=0.004),
    Role("dockerd", "/usr/sbin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock", threads=22, rss_mib=88, virtual_mib=2410, wakes=0.3, cost=0.004, writes=1e3),
    Role("containerd-shim", "/usr/bin/containerd-shim-runc-v2 -namespace moby -id 5e1f0c", threads=11, rss_mib=13, virtual_mib=1236, wakes=0.05, cost=0.001, count=3),
    Role("mailer", "/app/mailer --queue redis://127.0.0.1/2", "1000", parent="containerd-shim", threads=9, rss_mib=66, virtual_mib=1310, wakes=0.2, cost=0.012, reads=2e3, writes=4e3),
    Role("grafana", "/usr/share/grafana/bin/grafana server", "grafana", parent="containerd-shim", threads=17, rss_mib=143, virtual_mib=1720, wakes=0.3, cost=0.009, writes=3e3),
    Role("node", "node /app/push/server.js --port 3300", "1000", parent="containerd-shim", threads=11, rss_mib=171, virtual_mib=1140, wakes=1.0, cost=0.004, serves=0.00006),
    Role("celery", "/srv/shop/venv/bin/python -m celery -A shop worker --concurrency 4", "app", rss_mib=118, virtual_mib=430, wakes=0.5, cost=0.004, key="celery-master"),
    Role("celery", "/srv/shop/venv/bin/python -m celery -A shop worker --concurrency 4", "app", parent="celery-master", count=4, rss_mib=136, virtual_mib=470, shared=0.3, wakes=0.09, cost=0.6, kernel_share=0.1, reads=1.1e6, writes=3e5),
    Role("php-fpm8.2", "php-fpm: master process (/etc/php/8.2/fpm/php-fpm.conf)", rss_mib=28, virtual_mib=210, wakes=0.02, cost=0.002, key="php-master"),
    Role("php-fpm8.2", "php-fpm: pool blog", "www-data", parent="php-master", count=12, rss_mib=47, virtual_mib=228, shared=0.5, wakes=0.012, cost=0.12, kernel_share=0.15, reads=4e4),
    Role("memcached", "/usr/bin/memcached -m 512 -p 11211 -u memcache -l 127.0.0.1", "memcache", threads=10, rss_mib=342, virtual_mib=770, shared=0.02, serves=0.00003, wakes=1.0, cost=0.0002, kernel_share=0.6),
    Role("haproxy", "/usr/sbin/haproxy -Ws -f /etc/haproxy/haproxy.cfg -p /run/haproxy.pid", "haproxy", threads=8, rss_mib=34, virtual_mib=360, serves=0.00016, kernel_share=0.6, wakes=1.0, cost=0.0003),
    Role("master", "/usr/lib/postfix/sbin/master -w", rss_mib=5.6, virtual_mib=43, wakes=0.02, cost=0.002, key="postfix"),
    Role("qmgr", "qmgr -l -t unix -u", "postfix", parent="postfix", rss_mib=7.1, virtual_mib=43, wakes=0.02, cost=0.003, writes=4e3),
    Role("pickup", "pickup -l -t unix -u -c", "postfix", parent="postfix", rss_mib=7.0, virtual_mib=43),
    Role("fail2ban-server", "/usr/bin/python3 /usr/bin/fail2ban-server -xf start", threads=5, rss_mib=33, virtual_mib=322, wakes=1.0, cost=0.0016),
    Role("vector", "/usr/bin/vector --config /etc/vector/vector.yaml", "vector", threads=13, rss_mib=92, virtual_mib=480, serves=0.00009, wakes=1.0, cost=0.001, writes=3e3),
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
    return (first, second, *_kernel_threads(), *rest, *_WEB, *_SIZES[size], *own)
