"""A front end with everything around it, in stacks as an app would have them."""

from dataclasses import dataclass
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_kms as kms
from constructs import Construct

from constructs_lib import AgentNetwork, AgentService, ClientSecret, UserDirectory
from constructs_lib.frontend import ChatAgent, ChatFrontend, ChatImage, FrontendDomain
from tests.constructs_lib.support import agent, stack

ZONES = {
    "us-east-1": {"us-east-1a": "use1-az1", "us-east-1b": "use1-az4"},
    "us-west-2": {"us-west-2a": "usw2-az1", "us-west-2b": "usw2-az2"},
}
NAME = "chat.example.com"
DOMAIN = FrontendDomain.in_zone_of_id(NAME, hosted_zone_id="Z0123456789ABC", zone_name="example.com")
LOCAL = "http://localhost:8501"
DIGEST = f"sha256:{'0' * 64}"


@dataclass(frozen=True)
class Surroundings:
    """What a front end needs."""

    app: cdk.App
    key: kms.Key
    network_stack: cdk.Stack
    network: AgentNetwork
    users: UserDirectory
    secret: ClientSecret
    agent: AgentService


def surroundings(
    app: cdk.App | None = None, *, address: str = DOMAIN.address, region: str = "us-east-1", **network: Any
) -> Surroundings:
    root = app or cdk.App(analytics_reporting=False)
    place = cdk.Environment(account="111122223333", region=region) if region != "us-east-1" else None

    def a_stack(name: str) -> cdk.Stack:
        return cdk.Stack(root, name, env=place) if place else stack(name, app=root)

    below, people, agents = a_stack("Network"), a_stack("Users"), a_stack("Agents")
    key = kms.Key(below, "Key", enable_key_rotation=True)
    network.setdefault("front_end", True)
    network.setdefault("nat_gateways", 1 if address.startswith("https") else 0)
    made = AgentNetwork(below, "Network", zones=ZONES[region], encryption_key=key, **network)
    users = UserDirectory(people, "Users", encryption_key=key)
    web = users.add_web_client(
        "Web", callback_urls=[f"{address}/oauth2callback"], logout_urls=[address], confidential=True
    )
    secret = ClientSecret(people, "WebSecret", client=web, encryption_key=key)
    assistant = agent(agents, authorizer=users.authorizer(), network=made, encryption_key=key)
    return Surroundings(root, key, below, made, users, secret, assistant)


def image(of: Construct) -> ChatImage:
    return ChatImage.from_ecr(ecr.Repository.from_repository_name(of, "Repository", "chat"), digest=DIGEST)


def front_end(of: cdk.Stack, around: Surroundings, **props: Any) -> ChatFrontend:
    if "plain_http_address" not in props:
        props.setdefault("domain", DOMAIN)
    props.setdefault("agents", [ChatAgent("Assistant", around.agent, "Answers questions")])
    props.setdefault("image", image(of))
    props.setdefault("users", around.users)
    props.setdefault("client_secret", around.secret)
    props.setdefault("network", around.network)
    props.setdefault("encryption_key", around.key)
    return ChatFrontend(of, "Chat", **props)
