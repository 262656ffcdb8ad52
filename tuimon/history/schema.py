"""The tables and views of version 1, made from the catalogue. docs/history-format.md explains them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from typing import Final

from tuimon.history.tiers import COARSE, WIDTHS
from tuimon.model.catalogue import RECORDED, WITH_DEVICES
from tuimon.model.metric import Metric

VERSION: Final = 1
APPLICATION_ID: Final = 0x7475694D  # "tuiM"

TABLES: Final = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE host (id INTEGER PRIMARY KEY, since REAL, name TEXT, os TEXT, kernel TEXT, cores INTEGER,
    booted_at REAL, machine_id TEXT, cpu_model TEXT);
CREATE TABLE metric (family TEXT, name TEXT, unit TEXT, resolution REAL, help TEXT,
    PRIMARY KEY (family, name)) WITHOUT ROWID;
CREATE TABLE device (id INTEGER PRIMARY KEY, family TEXT, name TEXT, about TEXT, UNIQUE (family, name));
CREATE TABLE series (id INTEGER PRIMARY KEY, family TEXT, device TEXT, metric TEXT, resolution REAL,
    UNIQUE (family, device, metric));
CREATE TABLE layout (id INTEGER PRIMARY KEY, series TEXT);
CREATE TABLE hot (slot INTEGER PRIMARY KEY, number INTEGER, segment INTEGER, layout INTEGER, start INTEGER,
    "end" INTEGER, count INTEGER, samples BLOB, processes BLOB);
CREATE TABLE batch (id INTEGER PRIMARY KEY, segment INTEGER, start INTEGER, "end" INTEGER, count INTEGER,
    times BLOB);
CREATE TABLE block (id INTEGER PRIMARY KEY, data BLOB);
CREATE TABLE span (id INTEGER PRIMARY KEY, segment INTEGER, start INTEGER, "end" INTEGER);
CREATE TABLE tier (name TEXT PRIMARY KEY, seconds INTEGER, segment INTEGER, done INTEGER, kept_from INTEGER) WITHOUT ROWID;
CREATE TABLE text (id INTEGER PRIMARY KEY, value TEXT);
CREATE TABLE life (id INTEGER PRIMARY KEY, pid INTEGER, started_at REAL, ppid INTEGER, name INTEGER, user INTEGER,
    command INTEGER, kernel INTEGER, first_seen INTEGER, last_seen INTEGER, ranked INTEGER);
CREATE TABLE process_block (id INTEGER PRIMARY KEY, level INTEGER, segment INTEGER, start INTEGER, "end" INTEGER,
    count INTEGER, data BLOB);
CREATE INDEX process_block_start ON process_block (level, start);
CREATE TABLE alert (id INTEGER PRIMARY KEY, rule TEXT, severity TEXT, family TEXT, device TEXT, metric TEXT,
    value REAL, threshold REAL, comparison TEXT, since REAL, raised_at REAL, cleared_at REAL, label TEXT);
CREATE TABLE event (id INTEGER PRIMARY KEY, time REAL, kind TEXT, text TEXT, alert INTEGER);
CREATE INDEX event_time ON event (time);
"""

VIEWS: Final = """
CREATE VIEW live AS
    SELECT * FROM hot WHERE number > (SELECT value FROM meta WHERE key = 'sealed');
CREATE VIEW processes AS
    SELECT l.id, l.pid, strftime('%Y-%m-%dT%H:%M:%SZ', l.started_at, 'unixepoch') AS started_at, l.ppid,
        n.value AS name, u.value AS user, c.value AS command, l.kernel,
        strftime('%Y-%m-%dT%H:%M:%SZ', l.first_seen / 1000, 'unixepoch') AS first_seen,
        strftime('%Y-%m-%dT%H:%M:%SZ', l.last_seen / 1000, 'unixepoch') AS last_seen
    FROM life l LEFT JOIN text n ON n.id = l.name LEFT JOIN text u ON u.id = l.user
        LEFT JOIN text c ON c.id = l.command;
CREATE VIEW events AS
    SELECT id, strftime('%Y-%m-%dT%H:%M:%SZ', time, 'unixepoch') AS time, kind, text, alert FROM event;
CREATE VIEW alerts AS
    SELECT id, rule, severity, family, device, metric, value, threshold, comparison, label,
        strftime('%Y-%m-%dT%H:%M:%SZ', since, 'unixepoch') AS since,
        strftime('%Y-%m-%dT%H:%M:%SZ', raised_at, 'unixepoch') AS raised_at,
        strftime('%Y-%m-%dT%H:%M:%SZ', cleared_at, 'unixepoch') AS cleared_at
    FROM alert;
"""


def table(family: str, tier: str) -> str:
    """Return the name of the table that keeps one family in one coarse tier."""
    return f"tier_{family}_{tier}"


def _tier_table(family: str, metrics: tuple[Metric, ...], tier: str) -> str:
    columns = ", ".join(f"{m.name}_{part} INTEGER" for m in metrics for part in ("n", "sum", "min", "max"))
    return (
        f"CREATE TABLE {table(family, tier)} (device INTEGER, time INTEGER, segment INTEGER, n INTEGER, {columns}, "
        "PRIMARY KEY (device, time, segment)) WITHOUT ROWID"
    )


def view(family: str, metrics: tuple[Metric, ...], tier: str) -> str:
    """Return the SQL of the view that shows one family in one tier with human names and units."""
    device = "d.name AS device, " if family in WITH_DEVICES else ""
    join = " LEFT JOIN device d ON d.id = t.device" if family in WITH_DEVICES else ""
    columns = ", ".join(_view_columns(m) for m in metrics)
    return (
        f"CREATE VIEW \"{family}_{tier}\" AS SELECT strftime('%Y-%m-%dT%H:%M:%SZ', t.time, 'unixepoch') AS time, "  # noqa: S608  names of the catalogue
        f"{device}sum(t.n) AS samples, {columns} FROM {table(family, tier)} t{join} GROUP BY t.time, t.device"
    )


def _view_columns(m: Metric) -> str:
    average = scaled(f"1.0 * sum(t.{m.name}_sum) / nullif(sum(coalesce(t.{m.name}_n, t.n)), 0)", m.resolution)
    return (
        f"{average} AS {m.name}_avg, {scaled(f'min(t.{m.name}_min)', m.resolution)} AS {m.name}_min, "
        f"{scaled(f'max(t.{m.name}_max)', m.resolution)} AS {m.name}_max"
    )


def scaled(expression: str, resolution: float) -> str:
    """Return SQL that turns stored steps into the metric's unit."""
    if resolution == 1:
        return f"({expression})"
    if resolution < 1:
        return f"({expression}) / {round(1 / resolution)}.0"
    return f"({expression}) * {int(resolution) if resolution == int(resolution) else resolution}"


def statements() -> Iterator[str]:
    """Yield all SQL that makes an empty history of this version."""
    yield from (part.strip() for part in (TABLES + VIEWS).split(";") if part.strip())
    for family, metrics in RECORDED.items():
        for tier in COARSE:
            yield _tier_table(family, metrics, tier)
            yield view(family, metrics, tier)


BESIDE: Final = """
CREATE TABLE IF NOT EXISTS alert_mark (id INTEGER PRIMARY KEY, made_at REAL, word TEXT, rule TEXT, family TEXT,
    device TEXT, metric TEXT, until REAL, by TEXT);
CREATE TABLE IF NOT EXISTS notice (id INTEGER PRIMARY KEY, made_at REAL, target TEXT, severity TEXT, title TEXT,
    text TEXT, due_at REAL, tries INTEGER, error TEXT);
"""
"""What people have said to alerts, and what is still to be sent: written by whoever may, in short transactions."""


def beside(connection: sqlite3.Connection) -> None:
    """Make the tables that a file of before has not got; the caller's transaction holds it."""
    for statement in BESIDE.split(";"):
        if statement.strip():
            connection.execute(statement)


def complete(connection: sqlite3.Connection) -> None:
    """Give a file the metrics that it was made without. A tuimon that does not know them goes on with the others."""
    beside(connection)
    known = set(connection.execute("SELECT family, name FROM metric"))
    for family, metrics in RECORDED.items():
        missing = [metric for metric in metrics if (family, metric.name) not in known]
        if missing:
            connection.execute("BEGIN IMMEDIATE")
            _add(connection, family, missing, is_new=len(missing) == len(metrics))
            connection.execute("COMMIT")


def _add(connection: sqlite3.Connection, family: str, missing: list[Metric], *, is_new: bool) -> None:
    """Add metrics to a family's tables; what was stored before has none of their values."""
    for tier in COARSE:
        if is_new:
            connection.execute(_tier_table(family, RECORDED[family], tier))
        else:
            for metric in missing:
                for part in ("n INTEGER DEFAULT 0", "sum INTEGER", "min INTEGER", "max INTEGER"):
                    connection.execute(f"ALTER TABLE {table(family, tier)} ADD COLUMN {metric.name}_{part}")
            connection.execute(f'DROP VIEW "{family}_{tier}"')
        connection.execute(view(family, RECORDED[family], tier))
    _describe(connection, missing)


def _describe(connection: sqlite3.Connection, metrics: Iterable[Metric]) -> None:
    rows = [(m.family, m.name, m.unit, m.resolution, m.help) for m in metrics]
    connection.executemany("INSERT INTO metric VALUES (?, ?, ?, ?, ?)", rows)


def create(connection: sqlite3.Connection) -> None:
    """Make the schema in an empty database; the caller's transaction holds it."""
    for statement in statements():
        connection.execute(statement)
    beside(connection)
    for metrics in RECORDED.values():
        _describe(connection, metrics)
    connection.execute("INSERT INTO meta VALUES ('sealed', 0)")
    connection.executemany("INSERT INTO tier VALUES (?, ?, 0, 0, 0)", list(WIDTHS.items()))
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {VERSION}")
