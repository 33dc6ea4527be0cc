"""Networks in templates: attributes that CloudFormation has and the emulator lacks. No packet is routed by them.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-vpc.html
"""

from collections.abc import MutableMapping
from typing import Any

TYPE = "AWS::EC2::VPC"
# RFC 3849: addresses that are nobody's.
IPV6_CIDR_BLOCK = "2001:db8:1234:1a00::/56"


def install(handlers: MutableMapping[str, dict[str, Any]]) -> None:
    """Replace the handlers in CloudFormation's table."""
    native = handlers[TYPE]

    def create(*arguments: object) -> tuple[str, dict[str, Any]]:
        physical_id, attributes = native["create"](*arguments)
        return physical_id, {**attributes, "Ipv6CidrBlocks": [IPV6_CIDR_BLOCK]}

    handlers[TYPE] = {**native, "create": create}
