import os
from pathlib import Path

import pytest

from constructs_lib.runtime._packaging.cache import ENTRIES_KEPT, Cache, default_cache_directory


def test_stores_and_finds(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    assert cache.find("agents", "a") is None
    stored = cache.store("agents", "a", lambda path: path.write_text("content"))
    assert cache.find("agents", "a") == stored
    assert stored.read_text() == "content"


def test_a_failed_write_leaves_nothing(tmp_path: Path) -> None:
    cache = Cache(tmp_path)

    def fail(path: Path) -> None:
        path.write_text("half")
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        cache.store("agents", "a", fail)
    assert list((tmp_path / "agents").iterdir()) == []


def test_the_least_recently_used_entries_go(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    for number in range(ENTRIES_KEPT):
        os.utime(cache.store("agents", str(number), Path.touch), (number, number))
    cache.find("agents", "0")
    cache.store("agents", "new", Path.touch)
    assert cache.find("agents", "0")
    assert cache.find("agents", "new")
    assert cache.find("agents", "1") is None


def test_scratch_exists_only_inside_the_block(tmp_path: Path) -> None:
    with Cache(tmp_path / "cache").scratch() as scratch:
        (scratch / "file").touch()
        assert scratch.is_relative_to((tmp_path / "cache").resolve())
    assert not scratch.exists()


def test_default_directory_follows_xdg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_cache_directory() == tmp_path / "agentcore-constructs"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_cache_directory() == tmp_path / ".cache" / "agentcore-constructs"
