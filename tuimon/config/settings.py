"""Every setting of the program, declared once: its name, its default, what it takes and what it is for.

The loader, `config.yaml`, `docs/configuration.md` and `tuimon config show` all read these declarations. Lengths of
time are kept in seconds, sizes in bytes, shares in percent; a field's name less a trailing `_` is its key.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from tuimon.config.kinds import (
    Address,
    Choice,
    Columns,
    Duration,
    Keys,
    Kind,
    OneColumn,
    Origins,
    Path,
    Patterns,
    Percent,
    Size,
    Switch,
    Whole,
    Zone,
)
from tuimon.config.lazykinds import RULES, TARGETS, TEMPLATE
from tuimon.model.columns import DEFAULT

if TYPE_CHECKING:
    from tuimon.config.rulekinds import WrittenRule
    from tuimon.config.targetkinds import WrittenTarget

MINUTE: Final = 60.0
HOUR: Final = 3600.0
DAY: Final = 86400.0
MEBIBYTE: Final = 1024**2
KEYS: Final = (
    "q",
    "Ctrl-C",
    "?",
    "Ctrl-P",
    "Ctrl-Z",
    "Esc",
    "T",
    "R",
    "b",
    "/",
    "s",
    "S",
    "r",
    "O",
    "v",
    "c",
    "t",
    "G",
    "←",
    "→",
    "*",
    "u",
    "f",
    "F",
    "I",
    "↓",
    "j",
    "↑",
    "k",
    "PgDn",
    "PgUp",
    "Home",
    "End",
    "K",
    "Space",
    "Enter",
    "Backspace",
    "z",
    "Tab",
    "Shift-Tab",
    "m",
    "1",
    "o",
    "2",
    "p",
    "h",
    "3",
    ",",
    ".",
    "<",
    ">",
    "[",
    "]",
    "{",
    "}",
    "n",
    "N",
    "!",
    "a",
    "4",
    "A",
    "Z",
    "g",
    "x",
    "w",
    "d",
    "e",
    "L",
    "-",
    "+",
    "H",
)
"""The keys of the dashboard as they are written: those of `tuimon.tui.keys`, as a test sees to."""
RUNG: Final = ("off", "info", "warning", "critical")
THEMES: Final = ("tuimon-dark", "tuimon-light", "high-contrast", "colour-blind", "eight-colours", "monochrome")


def setting(kind: Kind, help_: str, *, default: object) -> Any:  # noqa: ANN401  as dataclasses.field
    """Declare a setting: the default of a dataclass field, with what it takes and what it is for."""
    return field(default=default, metadata={"kind": kind, "help": help_})


@dataclass(frozen=True, slots=True)
class Retention:
    """How long each tier of the history is kept, in seconds."""

    samples: float = setting(Duration(10 * MINUTE, 31 * DAY), "every sample, as collected", default=DAY)
    minutes: float = setting(Duration(HOUR, 366 * DAY), "averages, minima and maxima of a minute", default=7 * DAY)
    five_minutes: float = setting(Duration(HOUR, 1830 * DAY), "the same of five minutes", default=30 * DAY)
    hours: float = setting(Duration(DAY, 7300 * DAY), "the same of an hour", default=365 * DAY)
    processes: float = setting(Duration(10 * MINUTE, 366 * DAY), "the busiest processes, every 5 s", default=7 * DAY)
    processes_minute: float = setting(
        Duration(HOUR, 1830 * DAY), "the busiest processes, every minute", default=30 * DAY
    )


@dataclass(frozen=True, slots=True)
class History:
    """Where and how much is recorded."""

    path: str = setting(
        Path("history.db"), "the history file; empty: a system-wide one if readable, else the user's own", default=""
    )
    size_cap: int = setting(
        Size(16 * MEBIBYTE, 1024**4),
        "the file is kept below this size; the oldest samples go first",
        default=512 * MEBIBYTE,
    )
    retention: Retention = field(default_factory=Retention, metadata={"help": "how long each tier is kept"})


@dataclass(frozen=True, slots=True)
class Collectors:
    """What is read from the machine, and how often the slow things are."""

    processes: bool = setting(Switch(), "the process table", default=True)
    core: bool = setting(Switch(), "each processor core", default=True)
    load: bool = setting(Switch(), "load averages", default=True)
    swap: bool = setting(Switch(), "swap space", default=True)
    pressure: bool = setting(Switch(), "pressure stall information (PSI)", default=True)
    disk: bool = setting(Switch(), "block devices", default=True)
    filesystem: bool = setting(Switch(), "mounted filesystems", default=True)
    network: bool = setting(Switch(), "network interfaces", default=True)
    tcp: bool = setting(Switch(), "TCP sockets", default=True)
    sensor: bool = setting(Switch(), "temperatures and fans", default=True)
    battery: bool = setting(Switch(), "batteries", default=True)
    filesystem_every: float = setting(Duration(1, HOUR), "time between two looks at the filesystems", default=5.0)
    sensor_every: float = setting(Duration(1, HOUR), "time between two readings of the sensors", default=10.0)
    battery_every: float = setting(Duration(1, HOUR), "time between two readings of the batteries", default=10.0)
    ignore_disks: tuple[str, ...] = setting(
        Patterns("disks"),
        "disks left out",
        default=(
            "loop*",
            "ram*",
            "zram*",
            "sr*",
            "fd*",
            "dm-*",
            "md*",
            "zd*",
            "bcache*",
            "drbd*",
            "nvme*c*n*",
        ),
    )
    ignore_interfaces: tuple[str, ...] = setting(
        Patterns("interfaces"),
        "network interfaces left out",
        default=(
            "lo",
            "veth*",
            "docker*",
            "br-*",
            "virbr*",
            "vnet*",
            "ifb*",
            "cali*",
            "cni*",
            "flannel*",
            "lxc*",
            "dummy*",
        ),
    )
    ignore_filesystem_types: tuple[str, ...] = setting(
        Patterns("filesystem types"),
        "types of filesystems left out; / is shown whatever it is",
        default=(
            "autofs",
            "binfmt_misc",
            "bpf",
            "cgroup*",
            "configfs",
            "debugfs",
            "devfs",
            "devpts",
            "devtmpfs",
            "efivarfs",
            "erofs",
            "fuse.gvfsd-fuse",
            "fuse.lxcfs",
            "fuse.portal",
            "fuse.snapfuse",
            "fusectl",
            "hugetlbfs",
            "mqueue",
            "nsfs",
            "overlay",
            "proc",
            "pstore",
            "ramfs",
            "rpc_pipefs",
            "securityfs",
            "selinuxfs",
            "squashfs",
            "sysfs",
            "tmpfs",
            "tracefs",
        ),
    )


@dataclass(frozen=True, slots=True)
class Rule:
    """One of the rules that come with the program."""

    enabled: bool = setting(Switch(), "whether it is watched", default=True)
    above: float = setting(Percent(), "raised above this share", default=80.0)
    for_: float = setting(Duration(0, DAY), "once it has been there for so long", default=MINUTE)
    clear: float = setting(Percent(), "cleared once below this share", default=70.0)


@dataclass(frozen=True, slots=True)
class Alerts:
    """The rules that come with the program, and one's own."""

    cpu: Rule = field(default_factory=Rule, metadata={"help": "processors busy"})
    memory: Rule = field(default_factory=lambda: Rule(above=90.0, clear=85.0), metadata={"help": "memory used"})
    filesystem: Rule = field(
        default_factory=lambda: Rule(above=85.0, clear=83.0), metadata={"help": "a filesystem used, bytes and inodes"}
    )
    rules: tuple[WrittenRule, ...] = setting(
        RULES, "rules of one's own, and changes to those that come with the program; see docs/alerts.md", default=()
    )


@dataclass(frozen=True, slots=True)
class Ui:
    """How the dashboard looks."""

    theme: str = setting(
        Choice(THEMES), "colours; a terminal with fewer gets eight-colours or monochrome", default="tuimon-dark"
    )
    glyphs: str = setting(
        Choice(("auto", "unicode", "ascii")), "auto: unicode where the terminal has it", default="auto"
    )
    tz: str = setting(Zone(), "time zone in which times are shown and understood", default="local")
    network_bits: bool = setting(Switch(), "network rates in bits a second instead of bytes", default=False)
    mouse: bool = setting(Switch(), "clicks and the wheel go to the dashboard", default=True)
    read_only: bool = setting(
        Switch(), "look only: no signals to processes, no changes of their priorities", default=False
    )
    keys: tuple[str, ...] = setting(
        Keys(KEYS), "keys that do what another key does, as 'F5 = .', or nothing, as 'e = none'", default=()
    )
    low_bandwidth: bool = setting(Switch(), "draw every 5 s only, for slow links", default=False)


@dataclass(frozen=True, slots=True)
class Table:
    """How the process table begins; all of it can be changed on the screen."""

    columns: tuple[str, ...] = setting(
        Columns(), "columns in their order, as many as the terminal is wide enough for", default=DEFAULT
    )
    sort: str = setting(OneColumn(), "the column that processes are sorted by", default="cpu")
    then: str = setting(OneColumn("auto"), "the column that sorts those that are equal in it", default="auto")
    view: str = setting(
        Choice(("list", "tree", "program", "user", "container")),
        "a list, a tree, or groups by something",
        default="list",
    )
    cpu_of: str = setting(
        Choice(("core", "machine")), "CPU of a process in percent of one core or of the machine", default="core"
    )


@dataclass(frozen=True, slots=True)
class Serve:
    """The API of `tuimon --serve`: where it listens, and to whom it answers."""

    host: str = setting(Address(), "the address to listen at; one that others reach needs a token", default="127.0.0.1")
    port: int = setting(Whole(0, 65535), "the port to listen at; 0: one that is free", default=8420)
    token_file: str = setting(
        Path("token"), "a file with the token that clients must show; empty: TUIMON_TOKEN, or none", default=""
    )
    tls_cert: str = setting(Path("cert.pem"), "the certificate, with its chain, for https; empty: http", default="")
    tls_key: str = setting(Path("key.pem"), "the private key of that certificate", default="")
    insecure: bool = setting(Switch(), "other machines may read this one without a token", default=False)
    hosts: tuple[str, ...] = setting(
        Patterns("hosts"), "names by which clients may call this machine, beside its own and its addresses", default=()
    )
    origins: tuple[str, ...] = setting(
        Origins(), "other servers whose pages may read the API in a browser (CORS)", default=()
    )
    connections: int = setting(Whole(8, 100_000), "connections at a time; more are told to come back", default=2000)
    streams: int = setting(
        Whole(0, 100_000), "clients of the stream at a time; more are told to come back", default=1000
    )
    request_time: float = setting(Duration(1, 600), "a question about the past is given up after so long", default=30.0)


@dataclass(frozen=True, slots=True)
class Log:
    """What is noted down for whoever looks into a fault."""

    path: str = setting(Path("tuimon.log"), "the log file; empty: tuimon.log in the user's state folder", default="")
    level: str = setting(
        Choice(("error", "warning", "info", "debug")), "how much is logged; debug is a line a sample", default="info"
    )
    size_cap: int = setting(
        Size(64 * 1024, 1024**3), "the log and the three before it are kept below this size", default=4 * MEBIBYTE
    )


@dataclass(frozen=True, slots=True)
class Notify:
    """Who is told of alerts elsewhere, and in which words; see docs/alerts.md."""

    targets: tuple[WrittenTarget, ...] = setting(
        TARGETS, "who is told: e-mail, Slack and all that apprise knows", default=()
    )
    title: str = setting(TEMPLATE, "the title of a notice", default="{severity}: {subject} on {host}")
    text: str = setting(
        TEMPLATE,
        "the text of a notice; a line whose fields are all empty is left out",
        default="{text}\\nsince {since} on {host}\\nmost of it: {top}\\n{hint}\\n{command}",
    )
    group: float = setting(Duration(0, HOUR), "what comes within this time is one message", default=10.0)
    an_hour: int = setting(
        Whole(1, 3600), "messages to a target within an hour, at most; more are gathered", default=20
    )
    bell: str = setting(
        Choice(RUNG), "the terminal of the dashboard rings for an alert of this severity or a worse one", default="off"
    )
    desktop: str = setting(
        Choice(RUNG), "it shows a notice on its desktop for an alert of this severity or a worse one", default="off"
    )
    desktop_by: str = setting(
        Choice(("auto", "osc9", "osc777")), "the escape sequence of that notice; auto: by the terminal", default="auto"
    )


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings in force."""

    interval: float = setting(Duration(1, 60), "time between two samples", default=1.0)
    history: History = field(default_factory=History, metadata={"help": "the recorded past"})
    collectors: Collectors = field(default_factory=Collectors, metadata={"help": "what is read from the machine"})
    alerts: Alerts = field(default_factory=Alerts, metadata={"help": "what is watched for"})
    notify: Notify = field(default_factory=Notify, metadata={"help": "who is told of alerts elsewhere"})
    ui: Ui = field(default_factory=Ui, metadata={"help": "how the dashboard looks"})
    table: Table = field(default_factory=Table, metadata={"help": "how the process table begins"})
    serve: Serve = field(default_factory=Serve, metadata={"help": "the API of `tuimon --serve`"})
    log: Log = field(default_factory=Log, metadata={"help": "what went wrong, in a file"})


class Setting(NamedTuple):
    """The declaration of one setting; `path` are the fields that lead to it, `key` is its name (`ui.theme`)."""

    key: str
    path: tuple[str, ...]
    kind: Kind
    default: object
    help: str

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return "TUIMON_" + self.key.replace(".", "_").upper()


def declared(group: Any, path: tuple[str, ...] = ()) -> dict[str, Setting | str]:  # noqa: ANN401  any of the groups above
    """Read the declarations of a group and all below it back: key -> setting, or the help of a section."""
    found: dict[str, Setting | str] = {}
    for part in dataclasses.fields(group):
        here = (*path, part.name)
        key = ".".join(name.rstrip("_") for name in here)
        value = getattr(group, part.name)
        if "kind" in part.metadata:
            found[key] = Setting(key, here, part.metadata["kind"], value, part.metadata["help"])
        else:
            found[key] = part.metadata["help"]
            found.update(declared(value, here))
    return found


DEFAULTS: Final = Settings()
DECLARED: Final = declared(DEFAULTS)
"""Key -> its declaration, in order; a section's key -> its help."""
SETTINGS: Final = {key: one for key, one in DECLARED.items() if isinstance(one, Setting)}


def value_of(settings: Settings, one: Setting) -> object:
    """Return the value of a setting."""
    found: object = settings
    for name in one.path:
        found = getattr(found, name)
    return found


def with_values(settings: Settings, values: dict[str, object]) -> Settings:
    """Return settings with other values for some keys."""
    for key, value in values.items():
        settings = _replaced(settings, SETTINGS[key].path, value)
    return settings


def _replaced(group: Any, path: tuple[str, ...], value: object) -> Any:  # noqa: ANN401  any of the groups above
    inner = value if len(path) == 1 else _replaced(getattr(group, path[0]), path[1:], value)
    return dataclasses.replace(group, **{path[0]: inner})
