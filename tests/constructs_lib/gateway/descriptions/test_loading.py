import subprocess
import sys
from pathlib import Path

from tests.constructs_lib.gateway.descriptions.support import api, write

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
