from pathlib import Path

import pytest

from constructs_lib.runtime._packaging.lock import Lock
from tests.constructs_lib.runtime.wheels import Wheelhouse, write

DIGEST = "0" * 64
PINNED = f"six==1.17.0 \\\n    --hash=sha256:{DIGEST}\n"
PYLOCK = f"""
lock-version = "1.0"
created-by = "test"
requires-python = ">=3.99"
[[packages]]
name = "six"
version = "1.17.0"
marker = "sys_platform == 'linux'"
sdist = {{ url = "https://example.test/six.tar.gz", hashes = {{ sha256 = "{DIGEST}" }} }}
wheels = [{{ url = "https://example.test/six.whl", hashes = {{ sha256 = "{"1" * 64}" }} }}]
"""


@pytest.mark.parametrize(
    ("present", "chosen"),
    [
        (("requirements.lock.txt", "uv.lock", "requirements.txt"), "requirements.lock.txt"),
        (("requirements.lock", "requirements.txt"), "requirements.lock"),
        (("uv.lock", "pylock.toml", "requirements.txt"), "uv.lock"),
        (("pylock.toml", "requirements.txt"), "pylock.toml"),
        (("requirements.txt",), "requirements.txt"),
    ],
)
def test_finds_the_first_lock_there_is(tmp_path: Path, present: tuple[str, ...], chosen: str) -> None:
    write(tmp_path, dict.fromkeys(present, PINNED))
    assert Lock.find(tmp_path).path.name == chosen


def test_a_requirements_lock_is_used_as_it_is(tmp_path: Path) -> None:
    write(tmp_path, {"requirements.lock.txt": PINNED})
    assert Lock.find(tmp_path).requirements(tmp_path / "scratch") == tmp_path / "requirements.lock.txt"


def test_an_agent_without_dependencies_may_have_an_empty_lock(tmp_path: Path) -> None:
    write(tmp_path, {"requirements.lock.txt": "# nothing\n"})
    assert Lock.find(tmp_path).content == b"# nothing\n"


def test_pylock_becomes_hash_checked_requirements(tmp_path: Path) -> None:
    write(tmp_path, {"pylock.toml": PYLOCK})
    text = Lock.find(tmp_path).requirements(tmp_path).read_text()
    assert text == f"six==1.17.0 ; sys_platform == 'linux' --hash=sha256:{'1' * 64} --hash=sha256:{DIGEST}\n"


def test_uv_lock_is_exported_without_project_and_development_groups(wheelhouse: Wheelhouse, tmp_path: Path) -> None:
    project = '[project]\nname = "agent"\nversion = "0"\nrequires-python = ">=3.11"\ndependencies = ["six"]\n'
    locked = f"""version = 1
revision = 3
requires-python = ">=3.11"
[[package]]
name = "agent"
version = "0"
source = {{ virtual = "." }}
dependencies = [{{ name = "six" }}]
[package.dev-dependencies]
dev = [{{ name = "idna" }}]
[package.metadata]
requires-dist = [{{ name = "six" }}]
[package.metadata.requires-dev]
dev = [{{ name = "idna" }}]
[[package]]
name = "six"
version = "1.17.0"
source = {{ registry = "https://example.test/simple" }}
wheels = [{{ url = "https://example.test/six-1.17.0-py2.py3-none-any.whl", hash = "sha256:{DIGEST}", size = 1 }}]
[[package]]
name = "idna"
version = "3.20"
source = {{ registry = "https://example.test/simple" }}
wheels = [{{ url = "https://example.test/idna-3.20-py3-none-any.whl", hash = "sha256:{DIGEST}", size = 1 }}]
"""
    agent = write(tmp_path / "agent", {"pyproject.toml": project + '[dependency-groups]\ndev = ["idna"]\n'})
    write(agent, {"uv.lock": locked})
    text = Lock.find(agent).requirements(tmp_path).read_text()
    assert f"six==1.17.0 \\\n    --hash=sha256:{DIGEST}" in text
    assert "idna" not in text


def test_fails_if_uv_cannot_export(wheelhouse: Wheelhouse, tmp_path: Path) -> None:
    write(tmp_path, {"uv.lock": "version = 1\n"})
    with pytest.raises(ValueError, match=r"uv.lock cannot be exported; run `uv lock`"):
        Lock.find(tmp_path).requirements(tmp_path)


def test_fails_without_a_lock(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"has no lock file .*uv pip compile --universal --generate-hashes"):
        Lock.find(tmp_path)


def test_fails_without_hashes(tmp_path: Path) -> None:
    write(tmp_path, {"requirements.txt": "six==1.17.0\n"})
    with pytest.raises(ValueError, match=r"requirements.txt pins no hashes"):
        Lock.find(tmp_path)


@pytest.mark.parametrize("line", ["-r base.txt", "-c constraints.txt", "--requirement base.txt", "--constraint=c.txt"])
def test_fails_on_an_include(tmp_path: Path, line: str) -> None:
    write(tmp_path, {"requirements.lock.txt": f"{PINNED}{line}\n"})
    with pytest.raises(ValueError, match="includes another file"):
        Lock.find(tmp_path)


def test_fails_on_a_pylock_source_without_a_hash(tmp_path: Path) -> None:
    write(tmp_path, {"pylock.toml": '[[packages]]\nname = "local"\ndirectory = { path = "." }\n'})
    with pytest.raises(ValueError, match="local has no version or no sha256 hash"):
        Lock.find(tmp_path).requirements(tmp_path)
