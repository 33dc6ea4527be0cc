import os
import subprocess
import sys
from pathlib import Path

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
