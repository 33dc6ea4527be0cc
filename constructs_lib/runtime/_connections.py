"""How an agent finds another one: by a parameter whose name is known before either of them exists."""

import re

from constructs import Construct


def arn_parameter(agent: Construct, runtime_name: str, arn: str) -> str:
    """The name of the parameter that holds an agent's ARN; it is made with the first who asks."""
    from aws_cdk import aws_ssm as ssm

    name = f"/agentcore/{runtime_name}/arn"
    if agent.node.try_find_child("ArnParameter") is None:
        ssm.StringParameter(
            agent,
            "ArnParameter",
            parameter_name=name,
            string_value=arn,
            description="ARN of an agent, for the agents that may invoke it",
        )
    return name


def variable_for(id: str) -> str:
    """The variable that tells an agent that name: for `DeepResearcher`, `AGENT_DEEP_RESEARCHER_ARN_PARAMETER`."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", id)
    constant = re.sub(r"[^A-Za-z0-9]+", "_", words).strip("_").upper()
    return f"AGENT_{constant}_ARN_PARAMETER"
