"""A session of the dashboard: what it looks at, and how this terminal wants it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo

from tuimon.config.private import Remembered
from tuimon.config.settings import Table as TableSettings
from tuimon.model.link import Link
from tuimon.model.snapshot import Frame
from tuimon.protocols import Actor, Alerting, Archive, Inspector, Source


@dataclass(frozen=True, slots=True)
class Session:
    """Everything that `tuimon.tui.app.run` needs.

    `open_archive` is called in reader threads, once in each; None: there is no past to show. `notice` is one line
    shown until a key is pressed, `first_run` one that is shown so once this program records. `painted` is called
    once, after the first frame is on the screen. Of so many frames as `frames_a_drawing` only one is drawn by itself,
    for slow links; keys are answered at once all the same. `record` starts a recorder in the background, and tells
    how that went in one line, in a thread of its own. `table` says how the process table begins. `keys` are those
    that do what others do (`F5 = .`). `at` is the moment (epoch seconds) that is shown first, None for now;
    `take_away` writes a span as a file (form, start, end, a text that is ready) and returns its path; `replayed`
    names the file where no machine but a recording is shown, of so many `recorded_seconds`. `place` says where the
    machine is that is shown from afar, `link` how it is reached; `reads_ahead` is False where the archive reads ahead
    by itself. `open_inspector` gives what looks into processes, None where nothing can. `open_actor` gives what does
    things to processes, None where nothing may be done; `read_only`: because the settings say so. `own_pid` is this
    program's where the processes are those of its own machine. `keep` writes settings (key -> value) into the user's
    file and says in a line how that went. `alerting` is what may be said to alerts, None where nothing may. `ring`
    gives the bytes with which the terminal tells of a frame's alerts, mostly none. `filters` keeps the filters that
    were typed, from one session to the next.
    """

    source: Source
    open_archive: Callable[[], Archive | None]
    interval: float = 1.0
    theme: str = "tuimon-dark"
    ascii_only: bool = False
    tz: tzinfo | None = None
    network_bits: bool = False
    mouse: bool = True
    notice: str = ""
    first_run: str = ""
    painted: Callable[[], None] | None = None
    frames_a_drawing: int = 1
    record: Callable[[Callable[[str], None]], None] | None = None
    table: TableSettings = field(default_factory=TableSettings)
    keys: tuple[str, ...] = ()
    at: float | None = None
    replayed: str = ""
    place: str = ""
    link: Callable[[], Link] | None = None
    reads_ahead: bool = True
    recorded_seconds: float = 0.0
    take_away: Callable[[str, float, float, str], str] | None = None
    open_actor: Callable[[], Actor] | None = None
    open_inspector: Callable[[], Inspector] | None = None
    read_only: bool = False
    own_pid: int | None = None
    keep: Callable[[Mapping[str, object]], str] | None = None
    alerting: Alerting | None = None
    ring: Callable[[Frame], str] | None = None
    filters: Remembered = field(default_factory=Remembered)
