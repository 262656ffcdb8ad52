"""Safe by default: who is let in, what they see, and what is written down of it."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servers import TOKEN

from tuimon.api.access import Access, AccessError, names_of, read_token

CURRENT = "/api/v1/metrics/current"


def test_without_a_token_processes_have_names_but_no_command_lines(open_to_all, simulated):
    shown = open_to_all.get(CURRENT).json["processes"]
    assert shown
    assert not [one for one in shown if one["command"]]
    assert all(one["name"] for one in shown)
    assert [one for one in simulated.get(CURRENT).json["processes"] if one["command"]]


@pytest.mark.parametrize(
    "sent", ["", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", f"Basic {TOKEN}", "Bearer", f"Bearer {'é' * 20}"]
)
def test_a_wrong_token_is_refused(simulated, sent):
    answer = simulated.get(CURRENT, token="", **({"Authorization": sent.encode()} if sent else {}))
    assert answer.status == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json["title"] == "Unauthorized"


def test_a_token_in_the_address_is_for_the_stream_alone(simulated):
    assert simulated.get(f"{CURRENT}?token={TOKEN}", token="").status == 401
    assert simulated.get("/api/v1/stream?token=wrong", token="").status == 401
    assert simulated.get(f"/api/v1/stream?token={TOKEN}", token="").status == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8420", "localhost.evil.example", "[::1", "", "8.8.8.8", "a" * 300]
)
def test_a_name_that_is_not_this_machines_is_refused(simulated, host):
    answer = simulated.get(CURRENT, Host=host)
    assert answer.status == 421
    assert answer.json["parameter"] == "Host"


@pytest.mark.parametrize(
    "host", ["localhost", "LocalHost:1", "127.0.0.1:8420", "[::1]:8420", "127.0.0.2", "localhost."]
)
def test_its_own_names_are_not(simulated, host):
    assert simulated.get(CURRENT, Host=host).status == 200


def test_pages_of_other_servers_may_not_read(simulated):
    assert simulated.get(CURRENT, Origin="https://evil.example").status == 403
    assert simulated.get(CURRENT, Origin="null").status == 403
    assert simulated.get(CURRENT, Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="no-cors").status == 403
    assert simulated.get("/api/v1/health", Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="navigate").status == 200
    own = simulated.get(CURRENT, Origin=simulated.url)
    assert own.status == 200
    assert "access-control-allow-origin" not in own.headers


def test_origins_that_are_listed_may(serving, past):
    listed = serving(
        *("--simulate", "calm", "--no-record", "--history", past),
        token=TOKEN,
        environ={"TUIMON_SERVE_ORIGINS": "https://graphs.example", "TUIMON_SERVE_HOSTS": "*.lan"},
    )
    answer = listed.get(CURRENT, Origin="https://graphs.example")
    assert answer.status == 200
    assert answer.headers["access-control-allow-origin"] == "https://graphs.example"
    before = listed.get(CURRENT, "OPTIONS", token="", Origin="https://graphs.example")
    assert before.status == 204
    assert "authorization" in before.headers["access-control-allow-headers"]
    assert listed.get(CURRENT, "OPTIONS", token="", Origin="https://others.example").status == 403
    assert listed.get(CURRENT, Host="box.lan:80").status == 200
    assert listed.get(CURRENT, Host="box.wan").status == 421
    assert listed.end() == 0


def test_every_answer_has_the_security_headers(simulated):
    for path, token in ((CURRENT, TOKEN), (CURRENT, "x"), ("/api/v1/health", ""), ("/nothing", TOKEN)):
        headers = simulated.get(path, token=token).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "server" not in headers


def test_a_large_body_is_not_read(simulated):
    assert simulated.get(CURRENT, Content_Length=str(10**9)).status == 413
    assert simulated.get(CURRENT, Transfer_Encoding="chunked").status == 411


def test_the_token_is_written_down_nowhere(serving, past):
    served = serving(*("--simulate", "calm", "--no-record", "--history", past, "--log-level", "debug"), token=TOKEN)
    served.get(CURRENT)
    served.get(f"/api/v1/stream?token={TOKEN}", token="")
    served.get(f"/api/v1/%zz?token={TOKEN}")
    assert served.end() == 0
    log = served.log.read_text() if served.log.exists() else ""
    assert "frame 0" in log
    assert TOKEN not in log + served.said + served.process.stderr.read()


def test_tokens_come_from_a_file_or_the_environment(tmp_path):
    file = tmp_path / "token"
    file.write_text(f"  {TOKEN}\n")
    assert read_token(str(file), {"TUIMON_TOKEN": "from-the-environment"}) == TOKEN.encode()
    assert read_token("", {"TUIMON_TOKEN": "from-the-environment"}) == b"from-the-environment"
    assert read_token("", {}) == b""
    for text, said in (("", "at least 16"), ("short", "at least 16"), ("two words of some length", "without spaces")):
        file.write_text(text)
        with pytest.raises(AccessError, match=said):
            read_token(str(file), {})
    with pytest.raises(AccessError, match="No such file"):
        read_token(str(tmp_path / "none"), {})


@given(st.binary(max_size=60))
def test_no_token_is_taken_for_another(token):
    access = Access(hashlib.sha256(b"x").hexdigest().encode())
    assert not access.shown(token)
    assert access.shown(access.token)


@given(st.binary(max_size=40))
def test_any_host_header_is_judged(host):
    assert Access(names=names_of("127.0.0.1", ())).called(host) in (True, False)


def test_where_others_may_come_in_they_may_use_any_of_its_addresses():
    wide = Access(loopback=False)
    assert wide.called(b"192.0.2.7:8420")
    assert wide.called(b"[fe80::1%25eth0]:8420")
    assert not wide.called(b"rebound.example")
    assert not Access().called(b"192.0.2.7")
