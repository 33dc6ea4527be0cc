"""boto3's client for X-Ray, as far as the set-up uses it. For type checks only: the function does not load it."""

from typing import Protocol, TypedDict


class TraceDestination(TypedDict, total=False):
    """Where X-Ray sends spans, and whether it does so already."""

    Destination: str
    Status: str


class ResourcePolicy(TypedDict):
    """A resource policy."""

    PolicyName: str
    PolicyDocument: str


class ResourcePolicies(TypedDict, total=False):
    """A page of resource policies."""

    ResourcePolicies: list[ResourcePolicy]
    NextToken: str


class Probabilistic(TypedDict, total=False):
    """The share of traces that is indexed."""

    DesiredSamplingPercentage: float


class RuleValue(TypedDict, total=False):
    """What an indexing rule says."""

    Probabilistic: Probabilistic


class IndexingRule(TypedDict, total=False):
    """An indexing rule."""

    Rule: RuleValue


class IndexingRules(TypedDict, total=False):
    """A page of indexing rules."""

    IndexingRules: list[IndexingRule]
    NextToken: str


class XRayErrors(Protocol):
    """The errors that the set-up knows what to do about."""

    InvalidRequestException: type[Exception]
    PolicyCountLimitExceededException: type[Exception]


class XRayClient(Protocol):
    """boto3's client for X-Ray."""

    exceptions: XRayErrors

    def list_resource_policies(self, *, NextToken: str = ...) -> ResourcePolicies:  # noqa: N803
        """Read resource policies."""
        ...

    def put_resource_policy(self, *, PolicyName: str, PolicyDocument: str) -> object:  # noqa: N803
        """Write a resource policy."""
        ...

    def get_trace_segment_destination(self) -> TraceDestination:
        """Read where spans go."""
        ...

    def update_trace_segment_destination(self, *, Destination: str) -> object:  # noqa: N803
        """Say where spans go."""
        ...

    def get_indexing_rules(self, *, NextToken: str = ...) -> IndexingRules:  # noqa: N803
        """Read indexing rules."""
        ...

    def update_indexing_rule(self, *, Name: str, Rule: RuleValue) -> object:  # noqa: N803
        """Write an indexing rule."""
        ...
