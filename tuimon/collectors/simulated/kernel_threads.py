"""The kernel threads of a Debian machine with eight cores."""

from __future__ import annotations

from dataclasses import replace

from tuimon.collectors.simulated.role import CORES, Role


def _kernel_thread(name: str, wakes: float = 0.002, cost: float = 0.0004, **more: bool | int) -> Role:
    base = Role(name=name, parent="kthreadd", rss_mib=0, wakes=wakes, cost=cost, kernel_share=1.0, kernel=True)
    return replace(base, nice=int(more.get("nice", 0)), realtime=bool(more.get("realtime", False)))


def kernel_threads() -> list[Role]:
    """Return the kernel's own threads, those that every core has and the single ones."""
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
        roles += [_kernel_thread(f"idle_inject/{cpu}", 0.0, realtime=True)]
        roles += [_kernel_thread(f"kworker/{cpu}:2-mm_percpu_wq", 0.1, 0.0002)]
    idle = "kintegrityd blkcg_punt_bio tpm_dev_wq ata_sff md edac-poller devfreq_wq acpi_thermal_pm mld ipv6_addrconf"
    roles += [_kernel_thread(name, 0.0, nice=-20) for name in f"{idle} kstrp zswap-shrink charger_manager".split()]
    roles += [_kernel_thread(name, 0.001) for name in ("rcu_tasks_kthre", "rcu_tasks_rude_", "rcu_tasks_trace")]
    roles += [_kernel_thread("watchdogd", 0.0, realtime=True), _kernel_thread("cryptd", 0.0, nice=-20)]
    roles += [_kernel_thread("kdevtmpfs", 0.0), _kernel_thread("kauditd", 0.001), _kernel_thread("khungtaskd", 0.008)]
    roles += [_kernel_thread("writeback", 0.01, nice=-20), _kernel_thread("ksmd", 0.0, nice=5)]
    roles += [_kernel_thread("khugepaged", 0.02, 0.003, nice=19), _kernel_thread("kblockd", nice=-20)]
    roles += [_kernel_thread("kswapd0", 0.004, 0.002), _kernel_thread("kthrotld", 0.0, nice=-20)]
    roles += [_kernel_thread("nvme-wq", nice=-20), _kernel_thread("scsi_eh_0", 0.0), _kernel_thread("wg-crypt-wg0")]
    roles += [_kernel_thread("jbd2/nvme0n1p2-", 0.25, 0.0012), _kernel_thread("ext4-rsv-conver", 0.0, nice=-20)]
    roles += [
        _kernel_thread("jbd2/sda1-8", 0.08, 0.0012),
        _kernel_thread("irq/128-nvme0q1", 0.4, 0.0003, realtime=True),
    ]
    roles += [_kernel_thread(f"kworker/u16:{n}-flush-259:0", 0.6, 0.0009) for n in range(4)]
    return roles
