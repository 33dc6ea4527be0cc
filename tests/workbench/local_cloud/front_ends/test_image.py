"""What is read from a Dockerfile, and what is refused."""

from pathlib import Path

import pytest

import constructs_lib.frontend
from workbench.assembly import ImageAsset
from workbench.errors import WorkbenchError
from workbench.local_cloud.front_ends.image import PythonImage

LIBRARY = Path(constructs_lib.frontend.__file__).parent / "app"
PROGRAM = r"""FROM python:3.12-slim
RUN pip install \
  -r lock.txt
ENV MODE=web HOME=/tmp
USER 10001
ENTRYPOINT ["python", "a.py"]
"""


def _image(directory: Path, dockerfile: str) -> PythonImage:
    (directory / "Dockerfile").write_text(dockerfile)
    (directory / "lock.txt").write_text("")
    return PythonImage.read(ImageAsset("id", "Chat/Image", directory))


def test_the_librarys_own_image_can_be_run() -> None:
    image = PythonImage.read(ImageAsset("id", "Chat/Image", LIBRARY))
    assert image.arguments == ("start.py",)
    assert image.lock == LIBRARY / "requirements.lock.txt"
    assert image.python == "3.13"
    assert image.user == "10001"
    assert "PYTHONPATH" not in image.variables


def test_command_variables_and_version_are_those_of_the_last_stage(tmp_path: Path) -> None:
    image = _image(tmp_path, f'FROM python:3.9\nENTRYPOINT ["sh"]\n# a note\n{PROGRAM}CMD ["--fast"]\n')
    assert image.arguments == ("a.py", "--fast")
    assert image.variables == {"MODE": "web"}
    assert image.python == "3.12"


@pytest.mark.parametrize(
    ("dockerfile", "message"),
    [
        (PROGRAM.replace('"python"', '"node"'), r"starts \['node', 'a.py'\]"),
        (PROGRAM.replace("-r lock.txt", "flask"), "no requirements file"),
        (PROGRAM.replace("lock.txt", "other.txt"), "there is no .*other.txt"),
        (PROGRAM.replace('["python", "a.py"]', "python a.py"), "ENTRYPOINT has to be a JSON list"),
        ("FROM python:3.13\nRUN pip install -r lock.txt\n", "starts nothing"),
    ],
)
def test_an_image_that_cannot_be_run_is_refused(tmp_path: Path, dockerfile: str, message: str) -> None:
    with pytest.raises(WorkbenchError, match=message):
        _image(tmp_path, dockerfile)


def test_an_image_made_by_a_command_is_refused() -> None:
    with pytest.raises(WorkbenchError, match="made by a command"):
        PythonImage.read(ImageAsset("id", "Chat/Image"))
