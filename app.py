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

from constructs_lib import AgentCoreChecks
from stacks.account_stack import AccountStack
from stacks.environments import select
from stacks.platform_stage import PlatformStage


def add_rule_packs(app: cdk.App) -> None:
    """Make the synth fail on a finding that nobody acknowledged with a reason."""
    cdk.Validations.of(app).add_plugins(
        AwsSolutionsChecks(app),
        NIST80053R5Checks(app),
        HIPAASecurityChecks(app),
        PCIDSS321Checks(app),
        ServerlessChecks(app),
        AgentCoreChecks(app, production=["Prod/*"]),
    )


def main() -> None:
    app = cdk.App(analytics_reporting=False)
    try:
        environments = select(str(app.node.try_get_context("environment") or "all"))
        for environment in environments:
            PlatformStage(app, environment=environment)
        for account, region in sorted({(each.account or "", each.region) for each in environments}):
            AccountStack(app, "-".join(filter(None, ("Account", account, region))), account=account, region=region)
    except ValueError as error:
        sys.stderr.write(f"app.py: {error}\n")
        sys.exit(2)
    add_rule_packs(app)
    app.synth()


if __name__ == "__main__":
    main()
