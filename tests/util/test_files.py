"""Files appear whole or not at all."""

from __future__ import annotations

import os
import stat

import pytest

from domix.errors import FormatError
from domix.util.files import atomic_write


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_the_file_appears_at_the_end(tmp_path):
    path = tmp_path / "rows.csv.gz"
    with atomic_write(path) as temporary:
        assert temporary.parent == tmp_path
        assert temporary.name.endswith(".csv.gz")
        temporary.write_bytes(b"\x00\r\n")
        assert not path.exists()
    assert path.read_bytes() == b"\x00\r\n"
    assert names(tmp_path) == ["rows.csv.gz"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_error_or_interrupt_keeps_the_old_file(tmp_path, error):
    path = tmp_path / "a.txt"
    path.write_text("before")

    def write():
        with atomic_write(str(path)) as temporary:
            temporary.write_text("half")
            raise error

    with pytest.raises(error):
        write()
    assert path.read_text() == "before"
    assert names(tmp_path) == ["a.txt"]


def test_a_full_disk_is_an_error_of_the_file(tmp_path):
    with (
        pytest.raises(FormatError, match=r"a\.txt: cannot be written: No space left"),
        atomic_write(tmp_path / "a.txt"),
    ):
        raise OSError(28, os.strerror(28))
    assert names(tmp_path) == []


def test_a_link_is_followed_and_permissions_stay(tmp_path):
    real, link = tmp_path / "real.txt", tmp_path / "link.txt"
    real.write_text("before")
    real.chmod(0o640)
    link.symlink_to(real)
    with atomic_write(link) as temporary:
        temporary.write_text("after")
    assert link.is_symlink()
    assert real.read_text() == "after"
    assert stat.S_IMODE(real.stat().st_mode) == 0o640


def test_paths_that_are_not_files_are_refused(tmp_path):
    for path, words in [
        (tmp_path, "this is a folder"),
        (tmp_path / "none" / "a.txt", "there is no folder"),
        ("/dev/null", "not a regular file"),
    ]:
        with pytest.raises(FormatError, match=words), atomic_write(path):
            pass
