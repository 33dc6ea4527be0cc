import os
import subprocess
import sys
from pathlib import Path

import pytest

from constructs_lib.gateway.descriptions import OpenApiDescription
from tests.constructs_lib.gateway.descriptions.support import api, write
from tests.constructs_lib.gateway.descriptions.test_openapi import PETS
from tests.constructs_lib.gateway.descriptions.test_smithy import model

SCRIPT = """
import sys
from constructs_lib.gateway.descriptions import OpenApiDescription, SmithyDescription, check_tools
from constructs_lib.gateway.descriptions import service_schema, tools_from_handler, tools_from_json
OpenApiDescription.from_file(sys.argv[1]).pick("getPet")
print([name for name in ("jsii", "aws_cdk", "yaml") if name in sys.modules])
"""


def test_loads_neither_jsii_nor_yaml(tmp_path: Path) -> None:
    file = write(tmp_path, "api.json", api())
    done = subprocess.run([sys.executable, "-c", SCRIPT, file], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


PICK = """
import sys
from constructs_lib.gateway.descriptions import OpenApiDescription, SmithyDescription
print(OpenApiDescription.from_file(sys.argv[1]).pick("replacePet", "pets/get", responses=True))
print(SmithyDescription.from_file(sys.argv[2]).pick("GetForecast", "GetCity"))
"""


def test_every_process_writes_the_same(tmp_path: Path) -> None:
    files = [write(tmp_path, "pets.json", PETS), write(tmp_path, "weather.json", model())]
    outputs = {
        subprocess.run(
            [sys.executable, "-c", PICK, *files],
            env={**os.environ, "PYTHONHASHSEED": seed}, check=True, capture_output=True, text=True,
        ).stdout
        for seed in ("1", "2", "3")
    }  # fmt: skip
    assert len(outputs) == 1
    assert "replacePet" in outputs.pop()


def test_aliases_that_stand_for_more_than_fits_are_refused(tmp_path: Path) -> None:
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    bomb = tmp_path / "api.yaml"
    bomb.write_text("\n".join(levels))
    with pytest.raises(ValueError, match="aliases stand for more than 2,000,000 nodes"):
        OpenApiDescription.from_file(bomb)


@pytest.mark.parametrize(
    ("name", "text"),
    [("api.json", '{"a":' * 100_000 + "1" + "}" * 100_000), ("api.yaml", "a: " + "[" * 5_000 + "]" * 5_000)],
    ids=["JSON", "YAML"],
)
def test_what_is_nested_too_deep_is_refused(tmp_path: Path, name: str, text: str) -> None:
    deep = tmp_path / name
    deep.write_text(text)
    with pytest.raises(ValueError, match=r"nested too deep|neither JSON nor valid YAML"):
        OpenApiDescription.from_file(deep)


def test_numbers_that_json_does_not_know_are_refused(tmp_path: Path) -> None:
    wrong = tmp_path / "api.json"
    wrong.write_text('{"openapi": "3.0.3", "x": NaN}')
    with pytest.raises(ValueError, match="NaN is no JSON"):
        OpenApiDescription.from_file(wrong)
