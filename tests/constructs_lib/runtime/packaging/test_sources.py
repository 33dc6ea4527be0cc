from pathlib import Path

import pytest

from constructs_lib.runtime._packaging.sources import SourceTree
from tests.constructs_lib.runtime.wheels import write


def tree(
    directory: Path,
    entry_file: str = "main.py",
    packages: tuple[Path, ...] = (),
    exclude: tuple[str, ...] = (),
    trim: bool = True,
) -> SourceTree:
    return SourceTree(directory, entry_file, packages, exclude, trim)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    files = dict.fromkeys(
        (
            "agents/__init__.py",
            "agents/helper/__init__.py",
            "agents/helper/main.py",
            "agents/helper/agent.py",
            "agents/helper/prompts/system.md",
            "agents/shared/__init__.py",
            "agents/shared/settings.py",
            "agents/other/__init__.py",
        ),
        "",
    )
    return write(tmp_path, files)


def test_a_plain_directory_goes_to_the_root_as_it_is(tmp_path: Path) -> None:
    agent = write(tmp_path, {"main.py": "", "lib/util.py": "", "data.json": ""})
    assert list(tree(agent).files()) == ["data.json", "lib/util.py", "main.py"]


def test_a_package_keeps_its_dotted_path_and_its_entry_point_goes_to_the_root(repository: Path) -> None:
    files = tree(repository / "agents/helper", packages=(repository / "agents/shared",)).files()
    assert list(files) == [
        "agents/__init__.py",
        "agents/helper/__init__.py",
        "agents/helper/agent.py",
        "agents/helper/prompts/system.md",
        "agents/shared/__init__.py",
        "agents/shared/settings.py",
        "main.py",
    ]
    assert files["agents/__init__.py"] == repository / "agents/__init__.py"
    assert files["main.py"] == repository / "agents/helper/main.py"


def test_what_is_no_source_is_left_out(tmp_path: Path) -> None:
    kept = {"main.py", "requirements.lock.txt"}
    ignored = {
        ".env",
        ".git/config",
        ".venv/pyvenv.cfg",
        "environment/pyvenv.cfg",
        "environment/lib/x.py",
        "__pycache__/main.cpython-313.pyc",
        "node_modules/x.js",
        "agent.egg-info/PKG-INFO",
        "cdk.out/manifest.json",
        "tests/test_main.py",
    }
    agent = write(tmp_path, dict.fromkeys(kept | ignored, ""))
    assert set(tree(agent).files()) == kept
    assert set(tree(agent, trim=False).files()) == kept | {"tests/test_main.py"}


def test_exclude_takes_patterns_of_paths_in_the_zip(tmp_path: Path) -> None:
    agent = write(tmp_path, {"main.py": "", "docs/a.md": "", "docs/deep/b.md": "", "c.md": ""})
    assert set(tree(agent, exclude=("docs/*",)).files()) == {"main.py", "c.md"}


def test_a_link_inside_the_directory_is_followed(tmp_path: Path) -> None:
    agent = write(tmp_path / "agent", {"main.py": "", "real/data.txt": "x"})
    (agent / "alias.txt").symlink_to("real/data.txt")
    (agent / "again").symlink_to("real", target_is_directory=True)
    files = tree(agent).files()
    assert files["alias.txt"].read_text() == "x"
    assert "again/data.txt" in files


@pytest.mark.parametrize("target", ["../secret.txt", "..", ".", "nowhere"])
def test_fails_on_a_link_that_leaves_loops_or_dangles(tmp_path: Path, target: str) -> None:
    write(tmp_path, {"secret.txt": ""})
    agent = write(tmp_path / "agent", {"main.py": ""})
    (agent / "link").symlink_to(target)
    with pytest.raises(ValueError, match=r"the symbolic link .*agent/link"):
        tree(agent).files()


def test_fails_without_the_directory(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"directory .*absent does not exist"):
        tree(tmp_path / "absent").check()


def test_fails_without_the_entry_point(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"entry point 'main.py' does not exist in"):
        tree(tmp_path).check()


@pytest.mark.parametrize("entry_file", ["../main.py", "/main.py", "main", "main.js"])
def test_fails_on_an_entry_point_outside_or_of_another_kind(tmp_path: Path, entry_file: str) -> None:
    agent = write(tmp_path / "agent", {"main": "", "main.js": ""})
    write(tmp_path, {"main.py": ""})
    with pytest.raises(ValueError, match=r"must be a \.py file inside"):
        tree(agent, entry_file).check()


def test_fails_on_a_package_that_is_none(tmp_path: Path) -> None:
    agent = write(tmp_path / "agent", {"main.py": ""})
    folder = write(tmp_path / "shared", {"settings.py": ""})
    with pytest.raises(ValueError, match=r"packages names .*shared, which is no Python package"):
        tree(agent, packages=(folder,)).check()


def test_accepts_a_complete_agent(repository: Path) -> None:
    complete = tree(repository / "agents/helper", packages=(repository / "agents/shared",))
    complete.check()
    assert "main.py" in complete.files()
