#!/usr/bin/env python3
"""Synthesizes the environments that `--context environment=NAME` asks for (default: all), under every rule pack."""

import sys

import aws_cdk as cdk
from cdk_nag import (
    AwsSolutionsChecks,
    HIPAASecurityChecks,
    NIST80053R5Checks,
    PCIDSS321Checks,
    ServerlessChecks,
)

from stacks.environments import select
from stacks.platform_stage import PlatformStage


def build(app: cdk.App, environment: str) -> None:
    """Add one stage per environment asked for, and the rule packs that may refuse the synth."""
    for chosen in select(environment):
        PlatformStage(app, environment=chosen)
    cdk.Validations.of(app).add_plugins(
        AwsSolutionsChecks(app),
        NIST80053R5Checks(app),
        HIPAASecurityChecks(app),
        PCIDSS321Checks(app),
        ServerlessChecks(app),
    )


def main() -> None:
    app = cdk.App(analytics_reporting=False)
    try:
        build(app, str(app.node.try_get_context("environment") or "all"))
    except ValueError as error:
        sys.stderr.write(f"app.py: {error}\n")
        sys.exit(2)
    app.synth()


if __name__ == "__main__":
    main()
