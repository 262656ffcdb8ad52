from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuimon.collectors.linux.kept import Kept, number_after, read_number, read_text


@pytest.mark.parametrize("records", [True, False])
@pytest.mark.parametrize("length", [0, 1, 63, 64, 65, 127, 128, 129, 5000])
def test_a_file_is_read_whole_whatever_its_length(tmp_path, records, length):
    path = tmp_path / "file"
    path.write_bytes(os.urandom(length))
    kept = Kept(str(path), records=records, size=64)
    assert kept.read() == path.read_bytes()
    path.write_bytes(b"shorter")
    assert kept.read() == b"shorter"
    kept.close()


def test_a_file_that_is_not_there_yet_is_opened_when_it_is(tmp_path):
    kept = Kept(str(tmp_path / "file"))
    with pytest.raises(FileNotFoundError):
        kept.read()
    (tmp_path / "file").write_text("here")
    assert kept.read() == b"here"
    kept.close()
    kept.close()


def test_after_an_error_the_file_is_opened_anew_and_the_error_names_it(tmp_path):
    path = tmp_path / "file"
    path.mkdir()
    kept = Kept(str(path))
    with pytest.raises(IsADirectoryError) as caught:
        kept.read()
    assert caught.value.filename == str(path)
    path.rmdir()
    path.write_text("here")
    assert kept.read() == b"here"
    kept.close()


def test_records_of_the_kernel_are_joined():
    kept = Kept("/proc/self/mountinfo", records=True, size=100)
    with open("/proc/self/mountinfo", "rb") as file:
        assert kept.read() == file.read()
    kept.close()


@given(st.integers(-(2**63), 2**63), st.binary(max_size=20), st.sampled_from([b"\n", b" kB\n", b""]))
def test_the_number_after_a_key_is_found(number, before, end):
    assert number_after(before + b"\nkey: %d" % number + end, b"\nkey:") == number
    assert number_after(before, b"\nkey:") is None


def test_small_files_that_are_not_there_or_make_no_sense_are_nothing(tmp_path):
    assert read_text(str(tmp_path / "none")) == ""
    assert read_number(str(tmp_path / "none")) is None
    (tmp_path / "text").write_text(" 12 x\n")
    assert (read_text(str(tmp_path / "text")), read_number(str(tmp_path / "text"))) == ("12 x", None)
