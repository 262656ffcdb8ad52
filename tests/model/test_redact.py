from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuimon.model import redact
from tuimon.model.redact import HIDDEN, names_secret, redacted

SECRET = "hunter2s3cr3t"

HIDES = [
    ["app", f"--password={SECRET}"],
    ["app", "--password", SECRET],
    ["app", "-password", SECRET],
    ["app", f"--db-password={SECRET}", "--port", "80"],
    ["app", f"--db.password={SECRET}"],
    ["app", f"--dbPassword={SECRET}"],
    ["app", f"--password=a&b;{SECRET}"],
    ["app", f"--passphrase={SECRET}"],
    ["app", "--passwd", SECRET],
    ["app", f"--api-key={SECRET}"],
    ["app", "--api_key", SECRET],
    ["app", f"--apiKey={SECRET}"],
    ["app", f"--secret={SECRET}"],
    ["app", "--client-secret", SECRET],
    ["app", "--token", SECRET],
    ["app", f"--auth-token={SECRET}"],
    ["app", f"--access-key={SECRET}"],
    ["java", f"-Djavax.net.ssl.keyStorePassword={SECRET}", "-jar", "x.jar"],
    ["java", f"-Dspring.datasource.password={SECRET}", "Main"],
    ["env", f"PGPASSWORD={SECRET}", "psql", "-h", "db"],
    ["env", f"MYSQL_PWD={SECRET}", "mysql"],
    ["env", f"GITHUB_TOKEN={SECRET}", "make"],
    ["env", f"DJANGO_SECRET_KEY={SECRET}", "python", "manage.py"],
    ["env", f"AWS_SECRET_ACCESS_KEY={SECRET}", "aws", "s3", "ls"],
    ["env", f"AWS_ACCESS_KEY_ID={SECRET}", "aws", "s3", "ls"],
    ["env", f"AWS_SESSION_TOKEN={SECRET}", "aws"],
    ["env", f"REDISCLI_AUTH={SECRET}", "redis-cli"],
    ["env", f"SSHPASS={SECRET}", "sshpass", "-e", "ssh", "host"],
    ["docker", "run", "-e", f"POSTGRES_PASSWORD={SECRET}", "postgres"],
    ["docker", "login", "-u", "me", "-p", SECRET],
    ["mysql", "-uroot", f"-p{SECRET}", "shop"],
    ["/usr/bin/mysqldump", f"-p{SECRET}", "shop"],
    ["sudo", "mysql", f"-p{SECRET}"],
    ["mariadb", "-u", "root", f"-p{SECRET}"],
    ["sshpass", "-p", SECRET, "ssh", "host"],
    ["sshpass", f"-p{SECRET}", "ssh", "host"],
    ["redis-cli", "-h", "cache", "-a", SECRET],
    ["curl", "-u", f"me:{SECRET}", "https://example.org/"],
    ["curl", "--user", f"me:{SECRET}", "https://example.org/"],
    ["curl", f"-ume:{SECRET}", "https://example.org/"],
    ["curl", "-H", f"Authorization: Bearer {SECRET}", "https://example.org/"],
    ["curl", "-H", f"Authorization: Basic {SECRET}", "https://example.org/"],
    ["curl", "-H", f"authorization: {SECRET}", "https://example.org/"],
    ["curl", "-H", f"X-Api-Key: {SECRET}", "https://example.org/"],
    ["curl", "-H", f"X-Auth-Token:{SECRET}", "https://example.org/"],
    ["curl", "-H", f"PRIVATE-TOKEN: {SECRET}", "https://example.org/"],
    ["curl", "-H", f"Cookie: session={SECRET}; theme=dark", "https://example.org/"],
    ["curl", "-d", f'{{"user":"me","password":"{SECRET}"}}', "https://example.org/"],
    ["curl", "-d", f"user=me&password={SECRET}&x=1", "https://example.org/"],
    ["curl", f"https://me:{SECRET}@example.org/path"],
    ["git", "clone", f"https://oauth2:{SECRET}@example.org/x.git"],
    ["git", "clone", f"https://{SECRET}0123456789@example.org/x.git"],
    ["psql", f"postgresql://me:{SECRET}@db:5432/shop"],
    ["psql", f"host=db user=me password={SECRET} dbname=shop"],
    ["app", f"Server=db;User Id=me;Password={SECRET};Database=shop"],
    ["app", f"amqp://me:p@{SECRET}@host/vhost"],
    ["curl", f"https://example.org/?token={SECRET}&page=2"],
    ["curl", f"https://example.org/?page=2&api_key={SECRET}"],
    ["curl", f"https://example.org/?access_token={SECRET}"],
    ["curl", f"https://example.org/maps?key={SECRET}#top"],
    ["curl", f"https://bucket.example.org/x?X-Amz-Signature={SECRET}&X-Amz-Date=1"],
    ["sh", "-c", f"mysql -p{SECRET} shop < dump.sql"],
    ["sh", "-c", f"export PGPASSWORD={SECRET}; psql shop"],
    ["bash", "-lc", f"curl -H 'Authorization: Bearer {SECRET}' https://example.org"],
    ["bash", "-c", f"app --password '{SECRET}' --verbose"],
    ["bash", "-c", f'app --password="{SECRET}" --verbose'],
    ["ssh", "host", "sshpass", "-p", SECRET, "sudo", "ls"],
    ["ldapsearch", "-x", "-D", "cn=admin", "-w", SECRET],
    ["openssl", "enc", "-aes-256-cbc", "-k", SECRET, "-in", "x"],
    ["openssl", "rsa", "-passin", f"pass:{SECRET}", "-in", "key.pem"],
    ["7z", "a", f"-p{SECRET}", "x.7z", "x"],
    ["zip", "-P", SECRET, "x.zip", "x"],
    ["xfreerdp", "/u:me", f"/p:{SECRET}", "/v:host"],
    ["smbclient", "//host/share", "-U", f"me%{SECRET}"],
    ["mongosh", "-u", "me", "-p", SECRET],
    ["wget", f"--http-password={SECRET}", "https://example.org/"],
    ["wget", f"--header=Authorization: Bearer {SECRET}", "https://example.org/"],
    ["borg", "create", f"--encryption-passphrase={SECRET}"],
    ["kubectl", "create", "secret", "generic", "x", f"--from-literal=password={SECRET}"],
    ["htpasswd", "--password", SECRET],
]

SHAPES = [
    "AKIAIOSFODNN7EXAMPLE",
    "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
    "glpat-abcdefghijklmnopqrst",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N",
]

STAYS = [
    ["app", "--password-file=/run/secrets/db"],
    ["app", "--password-file", "/run/secrets/db"],
    ["app", "--password-stdin"],
    ["docker", "login", "--password-stdin", "registry.example.org"],
    ["env", "POSTGRES_PASSWORD_FILE=/run/secrets/db", "postgres"],
    ["env", "SSH_AUTH_SOCK=/run/user/1000/agent", "ssh", "host"],
    ["app", "--no-password", "shop"],
    ["psql", "--no-password", "-h", "db"],
    ["app", "--ask-password", "--verbose"],
    ["app", "--password", "--verbose"],
    ["app", "--require-password=true"],
    ["app", "--token-ttl=3600"],
    ["app", "--token-url", "https://example.org/token"],
    ["vllm", "serve", "model", "--max-tokens=512", "--tokenizer", "auto"],
    ["app", "--sort-key=name"],
    ["sort", "--key=2", "--field-separator=:"],
    ["ssh", "-i", "/home/me/.ssh/id_ed25519", "-p", "2222", "me@example.org"],
    ["docker", "run", "-p", "8080:80", "nginx"],
    ["docker", "run", "-p", "127.0.0.1:8080:80/tcp", "nginx"],
    ["mkdir", "-p", "/var/lib/x"],
    ["python", "-m", "pip", "install", "keyring"],
    ["nginx:", "master", "process", "/usr/sbin/nginx"],
    ["git", "clone", "git@example.org:me/x.git"],
    ["ssh", "-o", "PasswordAuthentication=no", "me@example.org"],
    ["curl", "https://example.org/search?q=token+ring&page=2"],
    ["curl", "-H", "Accept: application/json", "https://example.org/"],
    ["/usr/bin/Xorg", ":0", "-auth", "/run/user/0/xauth", "-nolisten", "tcp"][:1],
    ["sleep", "100000"],
    ["postgres:", "walwriter"],
    ["/sbin/init", "splash"],
    ["passwd", "alice"],
    ["gpg-agent", "--supervised"],
    ["env", "AWS_REGION=eu-west-1", "AWS_PROFILE=prod", "aws", "s3", "ls"],
    ["sshd:", "me@pts/0"],
    ["sh", "-c", "echo  two   spaces 'and quotes' \"so\""],
    ["secret-tool", "lookup", "server", "example.org"],
    ["pass", "show", "mail"],
    ["mysql", "-u", "root", "-p", "shop"],
]


@pytest.mark.parametrize("words", HIDES, ids=lambda words: " ".join(words)[:60])
def test_a_secret_is_hidden(words):
    shown = redacted(words)
    assert SECRET not in shown
    assert HIDDEN in shown
    assert shown.split()[0] == words[0]


@pytest.mark.parametrize("word", SHAPES)
def test_a_token_known_by_its_shape_is_hidden_wherever_it_stands(word):
    assert word not in redacted(["app", "deploy", word])
    assert word not in redacted(["app", f"see:{word}"])


@pytest.mark.parametrize("words", STAYS, ids=lambda words: " ".join(words)[:60])
def test_what_is_no_secret_stays_as_it_is(words):
    assert redacted(words) == " ".join(words)


def test_only_the_secret_goes():
    assert redacted(["mysql", "-uroot", "-pfoo", "shop"]) == "mysql -uroot -p*** shop"
    assert redacted(["app", "--password", "foo", "--port", "80"]) == "app --password *** --port 80"
    assert redacted(["curl", "https://me:foo@example.org/x?a=1"]) == "curl https://me:***@example.org/x?a=1"
    assert redacted(["sh", "-c", "app --token  foo  --port 80"]) == "sh -c app --token  ***  --port 80"
    assert redacted(["curl", "https://x.org/?token=foo&page=2"]) == "curl https://x.org/?token=***&page=2"


@given(st.lists(st.text(max_size=30), max_size=8))
def test_any_command_line_has_an_answer(words):
    assert isinstance(redacted(words), str)


@given(st.lists(st.text(st.characters(exclude_characters="\0"), max_size=10), max_size=4), st.booleans())
def test_a_password_option_is_hidden_among_any_others(others, joined):
    words = ["app", *others, *([f"--password={SECRET}"] if joined else ["--password", SECRET])]
    assert SECRET not in redacted(words)


@given(st.text(max_size=40))
def test_names_are_judged_without_failing(name):
    assert names_secret(name) in {True, False}
    assert names_secret(name + "-file") is False


@given(
    st.lists(
        st.sampled_from([*redact._MARKS, "-p", "--p", "x", " ", "\n", "-", "Ghp", "ſ", "ı", "İ", "a", "é"]), max_size=6
    )
)
def test_the_quick_look_lets_nothing_through_that_the_pattern_finds(pieces):
    for line in ("".join(pieces), "".join(pieces).upper(), " ".join(pieces).title()):
        assert redact.is_suspect(line) is (redact._SUSPECT.search(line) is not None)
