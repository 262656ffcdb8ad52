"""Secrets are taken out of command lines at collection, before anything else sees them.

History outlives intentions: what a process list shows for a moment is kept for weeks, sent to API clients and put
into reports. Rather a word too many is hidden than a password shown; what only names a place where a secret is kept
(`--password-file=/x`) stays.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from typing import Final

HIDDEN: Final = "***"

_SECRET_WORDS: Final = frozenset(
    {
        "password",
        "passwd",
        "passphrase",
        "passcode",
        "passwort",
        "pass",
        "pwd",
        "pw",
        "secret",
        "secrets",
        "token",
        "apikey",
        "accesskey",
        "secretkey",
        "privatekey",
        "authkey",
        "authtoken",
        "accesstoken",
        "credential",
        "credentials",
        "auth",
        "bearer",
        "sshpass",
    }
)
_ENDINGS: Final = ("password", "passwd", "passphrase", "secret", "apikey", "accesskey", "secretkey")
_KINDS_OF_KEY: Final = frozenset(
    {"api", "access", "secret", "private", "auth", "account", "master", "encryption", "signing", "shared"}
)
_ELSEWHERE: Final = frozenset(
    {
        "file",
        "files",
        "path",
        "dir",
        "folder",
        "name",
        "names",
        "stdin",
        "prompt",
        "command",
        "cmd",
        "program",
        "helper",
        "env",
        "fd",
        "ttl",
        "url",
        "uri",
        "endpoint",
        "type",
        "length",
        "len",
        "policy",
        "timeout",
        "expiry",
        "expires",
        "count",
        "store",
        "arn",
        "ref",
        "retries",
        "attempts",
        "method",
        "mode",
        "mech",
        "sock",
        "socket",
    }
)
"""Last words of names that only tell about a secret: --password-file, --token-ttl, SSH_AUTH_SOCK."""
_NOT_A_SECRET: Final = frozenset({"", "true", "false", "yes", "no", "on", "off", "none", "null", "0", "1", "-"})
_QUESTIONS: Final = frozenset(
    {
        "no",
        "ask",
        "prompt",
        "disable",
        "enable",
        "require",
        "allow",
        "without",
        "skip",
        "verify",
        "check",
        "max",
        "min",
        "num",
    }
)
"""First words of switches: --no-password, --ask-password, --max-token."""

_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_WORDS: Final = re.compile(r"[^A-Za-z0-9]+")

# Programs whose one-letter options take a secret: options with the secret attached, options with it as the next word.
_MYSQL: Final = (("-p",), ())
_PROGRAMS: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    **dict.fromkeys(
        ("mysql", "mysqldump", "mysqladmin", "mysqlimport", "mysqlcheck", "mysqlshow", "mysqlsh", "mycli"), _MYSQL
    ),
    **dict.fromkeys(
        ("mariadb", "mariadb-dump", "mariadb-admin", "mariadb-backup", "mariabackup", "xtrabackup"), _MYSQL
    ),
    **dict.fromkeys(("mongo", "mongosh", "mongodump", "mongorestore", "mongoexport", "mongoimport"), ((), ("-p",))),
    "sshpass": (("-p",), ("-p",)),
    "curl": (("-u", "-U"), ("-u", "-U", "--user", "--proxy-user")),
    "redis-cli": ((), ("-a",)),
    "docker": ((), ("-p",)),
    "podman": ((), ("-p",)),
    "plink": ((), ("-pw",)),
    "pscp": ((), ("-pw",)),
    **dict.fromkeys(("ldapsearch", "ldapmodify", "ldapadd", "ldapdelete", "ldapwhoami", "ldappasswd"), ((), ("-w",))),
    "sqlcmd": (("-P",), ("-P",)),
    "sqsh": (("-P",), ("-P",)),
    "zip": (("-P",), ("-P",)),
    "unzip": (("-P",), ("-P",)),
    "7z": (("-p",), ()),
    "7za": (("-p",), ()),
    "rar": (("-hp", "-p"), ()),
    "unrar": (("-p",), ()),
    "xfreerdp": (("/p:",), ("-p",)),
    "rdesktop": (("-p",), ("-p",)),
    "openssl": ((), ("-k", "-K", "-pass", "-passin", "-passout")),
    "smbclient": ((), ("-U", "--user")),
    "snmpget": ((), ("-A", "-X", "-c")),
    "snmpwalk": ((), ("-A", "-X", "-c")),
    "rclone": ((), ()),
}
_PORTS: Final = re.compile(r"[\d.:\[\]a-f/-]*(?:tcp|udp)?")
"""docker run -p takes ports, docker login -p a password."""

_MARKS: Final = (
    "pass", "pwd", "secret", "token", "key", "cred", "auth", "bearer", "cookie", "sig", "code=", "@", "/p:", "aws_", "eyj",
    "akia", "asia", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "xoxa-", "xoxb-", "xoxe-", "xoxo-",
    "xoxp-", "xoxr-", "xoxs-", "sk-", "npm_", "aiza", "hf_",
)  # fmt: skip
"""What a line with a secret in it has, in lower case, if not one of the short options."""
_OPTION: Final = re.compile(r"(?:^|\s)--?(?:p|a|w|k|u|hp|c|x)")
_SUSPECT: Final = re.compile("|".join([*map(re.escape, _MARKS), _OPTION.pattern]), re.IGNORECASE)
_URL_USER: Final = re.compile(
    r"([A-Za-z][A-Za-z0-9+.-]*://)([^\s/@:?#'\"]*)(:)([^\s/'\"]*)@|([A-Za-z][\w+.-]*://)([^\s/@:?#]{16,})@"
)
_HEADER: Final = re.compile(
    r"(?i)\b((?:proxy-)?authorization|cookie|set-cookie)(\s*[:=]\s*)((?:bearer|basic|digest|token|negotiate|apikey)\s+)?"
    r"([^'\"\r\n]+)"
)
_BEARER: Final = re.compile(r"(?i)\b(bearer\s+)([^\s'\",;]+)")
_PAIR: Final = re.compile(
    r"(?P<name>[A-Za-z_][\w.\-]*)(?P<sep>[\"']?(?:\s?=\s?|:\s?)(?!//))"
    r"(?P<value>\"[^\"]*\"|'[^']*'|[^\s\"'&;,}\])]+)"
)
_QUERY: Final = re.compile(
    r"([?&;](?:key|sig|signature|code|auth|access|x-amz-(?:signature|security-token|credential))=)[^&\s'\"#]+",
    re.IGNORECASE,
)
_SHAPES: Final = re.compile(
    r"\b(?:(?:AKIA|ASIA)[A-Z0-9]{16}|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abeoprs]-[\w-]{10,}|"
    r"sk-[\w-]{20,}|npm_[A-Za-z0-9]{30,}|AIza[\w-]{30,}|hf_[A-Za-z0-9]{20,}|eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?)"
)
_TOKENS: Final = re.compile(r"(?:'[^']*'|\"[^\"]*\"|[^\s'\"]|['\"])+")


@functools.lru_cache(maxsize=1024)
def names_secret(name: str) -> bool:
    """Say whether what belongs to a name is secret: --password, DB_PASSWORD, apiKey; not --password-file."""
    bare = name.lstrip("-")
    if not bare:
        return False
    words = [word.lower() for word in _WORDS.split(_CAMEL.sub("_", bare)) if word]
    if not words or words[-1] in _ELSEWHERE or words[0] in _QUESTIONS:
        return False
    if name[0] != "-" and words[0] == "aws":
        return words[-1] not in {"region", "profile", "output", "id"} or "key" in words
    if words[-1] in _SECRET_WORDS or words[-1].endswith(_ENDINGS):
        return True
    if words[-1] in {"key", "keys"}:
        return len(words) > 1 and words[-2] in _KINDS_OF_KEY
    return len(words) > 1 and not _SECRET_WORDS.isdisjoint(words[:-1]) and words[-1] in {"id", "value", "data", "b64"}


def redacted(words: Sequence[str]) -> str:
    """Return a command line as one line of text with its secrets hidden; `words` are the process's arguments."""
    joined = " ".join(words)
    return " ".join(_arguments(words)) if is_suspect(joined) else joined


def is_suspect(line: str) -> bool:
    """Say whether a line is worth a look, as most are not: marks one by one are found faster than any of them."""
    if not line.isascii():  # other letters have lower cases of their own
        return _SUSPECT.search(line) is not None
    lowered = line.lower()
    return any(mark in lowered for mark in _MARKS) or _OPTION.search(lowered) is not None


def _arguments(words: Sequence[str]) -> Iterator[str]:
    """Go through the arguments, with the program they belong to and whether the last one announced a secret."""
    attached: tuple[str, ...] = ()
    separate: tuple[str, ...] = ()
    announced = ""
    for at, word in enumerate(words):
        if announced and (announced == "any" or not word.startswith("-")) and word.lower() not in _NOT_A_SECRET:
            announced = ""
            yield HIDDEN
            continue
        announced = ""
        program = _PROGRAMS.get(word.rpartition("/")[2]) if not word.startswith("-") else None
        if program is not None:
            attached, separate = program
        following = words[at + 1] if at + 1 < len(words) else ""
        if word in separate and not (word == "-p" and _PORTS.fullmatch(following)):
            announced = "any"
            yield word
        elif (found := _attached(word, attached)) is not None:
            yield found
        else:
            announced = "name" if word.startswith("-") and "=" not in word and names_secret(word) else ""
            yield _word(word)


def _attached(word: str, options: tuple[str, ...]) -> str | None:
    """Hide a secret that follows its option at once: -psecret."""
    for option in options:
        if len(word) > len(option) and word.startswith(option) and not word.startswith("--"):
            return option + HIDDEN
    return None


def _word(word: str) -> str:
    """Hide the secrets within one argument."""
    name, equals, value = word.partition("=")
    if equals and name and not any(map(str.isspace, name)) and "?" not in name and names_secret(name):
        return word if value.lower() in _NOT_A_SECRET else f"{name}={HIDDEN}"
    if any(map(str.isspace, word)):
        return _text(word)
    return _inside(word)


def _text(text: str) -> str:
    """Hide the secrets in an argument that is a text of its own: a shell's -c, a header, a connection string."""
    hidden = _inside(text)
    spans = list(_TOKENS.finditer(hidden))
    fresh = list(_arguments([token[0] for token in spans])) if len(spans) > 1 else [token[0] for token in spans]
    pieces, end = [], 0
    for token, word in zip(spans, fresh, strict=True):
        pieces += [hidden[end : token.start()], word]
        end = token.end()
    return "".join([*pieces, hidden[end:]])


def _inside(text: str) -> str:
    text = _URL_USER.sub(_hide_user, text)
    text = _HEADER.sub(rf"\1\2\3{HIDDEN}", text)
    text = _BEARER.sub(rf"\1{HIDDEN}", text)
    text = _PAIR.sub(_hide_pair, text)
    text = _QUERY.sub(rf"\1{HIDDEN}", text)
    return _SHAPES.sub(HIDDEN, text)


def _hide_user(found: re.Match[str]) -> str:
    if found[5]:
        return f"{found[5]}{HIDDEN}@"
    return f"{found[1]}{found[2]}:{HIDDEN}@"


def _hide_pair(found: re.Match[str]) -> str:
    value = found["value"]
    quote = value[0] if value[0] in "\"'" and len(value) > 1 else ""
    bare = value.strip(quote) if quote else value
    if not names_secret(found["name"]):
        return f"{found['name']}{found['sep']}{_PAIR.sub(_hide_pair, value)}"
    if bare.lower() in _NOT_A_SECRET:
        return found[0]
    return f"{found['name']}{found['sep']}{quote}{HIDDEN}{quote}"
