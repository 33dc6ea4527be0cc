"""The network of agents and front end: a stack of its own, because AgentCore leaves interfaces in it for hours."""

from aws_cdk import Stack
from aws_cdk import aws_kms as kms
from constructs import Construct

from constructs_lib import AgentNetwork
from stacks.environments import Environment


class NetworkStack(Stack):
    """One VPC: agents without a way to the internet, the front end's tasks with one where an environment says so."""

    def __init__(self, scope: Construct, id: str, *, environment: Environment, encryption_key: kms.IKey) -> None:
        super().__init__(scope, id, termination_protection=environment.termination_protection)
        self.network = AgentNetwork(
            self,
            "Network",
            zones=environment.zones,
            front_end=True,
            nat_gateways=environment.nat_gateways,
            flow_log_retention=environment.log_retention,
            encryption_key=encryption_key,
            removal_policy=environment.removal_policy,
        )
