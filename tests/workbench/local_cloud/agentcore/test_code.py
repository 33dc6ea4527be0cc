import io
import sys
import zipfile
from pathlib import Path

from workbench.local_cloud.agentcore.runtimes.code import InstalledCode, _distributions, _packaged_files


def _archive(files: dict[str, str]) -> zipfile.ZipFile:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return zipfile.ZipFile(buffer)


FILES = {
    "main.py": "",
    "agents/shared/settings.py": "",
    "agents/__pycache__/x.cpython-313.pyc": "",
    "lib/__init__.py": "",
    "lib/__pycache__/__init__.cpython-313.pyc": "",
    "bin/tool": "",
    "lib_a-1.2.dist-info/RECORD": "lib/__init__.py,sha256=x,1\n../../bin/tool,sha256=x,1\n",
    "lib_a-1.2.dist-info/METADATA": "",
    "other-3.0+local.dist-info/RECORD": "",
}


def test_what_a_distribution_records_is_no_source_of_the_agent() -> None:
    archive = _archive(FILES)

    source = set(archive.namelist()) - _packaged_files(archive)

    assert source == {"main.py", "agents/shared/settings.py", "agents/__pycache__/x.cpython-313.pyc"}


def test_the_pinned_set_is_read_from_dist_info() -> None:
    assert _distributions(_archive(FILES)) == ["lib_a==1.2", "other==3.0+local"]


def test_wrappers_and_agent_run_under_the_environments_python(tmp_path: Path) -> None:
    (tmp_path / "opentelemetry-instrument").touch()
    code = InstalledCode(tmp_path, Path(sys.executable), (tmp_path / "nowhere", tmp_path))

    assert code.command(["main.py"]) == [sys.executable, "main.py"]
    assert code.command(["opentelemetry-instrument", "main.py"]) == [
        sys.executable,
        str(tmp_path / "opentelemetry-instrument"),
        sys.executable,
        "main.py",
    ]
