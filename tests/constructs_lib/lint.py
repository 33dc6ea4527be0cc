"""What cfn-lint says of a synthesized template."""

import json
from collections.abc import Mapping

from cfnlint.api import ManualArgs, lint

# W3005: the L2 runtime and endpoint state dependencies that their references imply already.
FROM_THE_L2 = ("W3005",)


def complaints(template: Mapping[str, object], *, region: str = "us-east-1", ignore: tuple[str, ...] = ()) -> list[str]:
    config = ManualArgs(regions=[region], ignore_checks=[*FROM_THE_L2, *ignore])
    return [
        f"{match.rule.id} {match.message} at {match.path}" for match in lint(json.dumps(template), None, None, config)
    ]
