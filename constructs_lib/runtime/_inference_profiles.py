"""Where Amazon Bedrock's cross-Region inference profiles route to.

Transcribed on 2026-11-20 from "Supported Regions and models for inference profiles",
https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html. AWS states there that the
destinations of a profile tied to a geography never change; new Regions come with new profiles. A global profile routes
to every commercial Region.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

GEOGRAPHIES = ("us", "us-gov", "eu", "apac", "au", "jp", "ca")
GLOBAL = "global"

# In no Region can these be called by their own id; "Regional availability" of the model cards, read on 2026-11-20
# (https://docs.aws.amazon.com/bedrock/latest/userguide/models-regions.html).
PROFILE_ONLY_MODELS = frozenset(
    {
        "anthropic.claude-opus-4-20250514-v1:0",
        "anthropic.claude-opus-4-1-20250805-v1:0",
        "anthropic.claude-opus-4-5-20251101-v1:0",
        "anthropic.claude-sonnet-4-20250514-v1:0",
        "anthropic.claude-sonnet-4-5-20250929-v1:0",
    }
)


@dataclass(frozen=True)
class _Route:
    """Requests from any of `sources` go to `destinations` or stay in their source Region."""

    destinations: frozenset[str]
    sources: frozenset[str]
    exceptions: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def from_region(self, source: str) -> frozenset[str] | None:
        if source in self.exceptions:
            return self.exceptions[source]
        return self.destinations | {source} if source in self.sources else None


def _set(regions: str, prefix: str = "") -> frozenset[str]:
    return frozenset(f"{prefix}{region}" for region in regions.split())


def _us(*more_sources: str) -> _Route:
    core = _set("us-east-1 us-east-2 us-west-2")
    return _Route(core, core | set(more_sources))


def _eu(destinations: str, *more_sources: str, exceptions: Mapping[str, frozenset[str]] | None = None) -> _Route:
    core = _set(destinations, "eu-")
    return _Route(core, core | set(more_sources), exceptions or {})


def _within(regions: str) -> _Route:
    return _Route(_set(regions), _set(regions))


_EU_SIX = "central-1 north-1 south-1 south-2 west-1 west-3"
_EU_FOUR = "central-1 north-1 west-1 west-3"
_EU_NOVA = _eu(
    _EU_FOUR,
    "eu-south-1",
    "eu-south-2",
    exceptions={"il-central-1": _set(_EU_FOUR + " south-1", "eu-") | {"il-central-1"}},
)

_APAC_SIX = _set("northeast-1 northeast-2 northeast-3 south-1 southeast-1 southeast-2", "ap-")
_APAC_EIGHT = _APAC_SIX | _set("south-2 southeast-4", "ap-")
_APAC_OUTER = {
    source: _APAC_EIGHT | {"ap-southeast-3", source}
    for source in ("ap-east-2", "ap-southeast-3", "ap-southeast-5", "ap-southeast-7", "me-central-1")
}
_APAC_NOVA_SOURCES = _APAC_SIX - {"ap-northeast-3"}
_APAC_NOVA = _Route(_APAC_SIX, _APAC_NOVA_SOURCES, {**_APAC_OUTER, "ap-southeast-4": _APAC_EIGHT})

_AUSTRALIA = _within("ap-southeast-2 ap-southeast-4")
_JAPAN = _within("ap-northeast-1 ap-northeast-3")

_GLOBAL_CLAUDE_SOURCES = _set(
    "ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2 ap-southeast-1 ap-southeast-2 ap-southeast-3"
    " ap-southeast-4 ca-central-1 eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-2"
    " eu-west-3 il-central-1 me-central-1 sa-east-1 us-east-1 us-east-2 us-west-1 us-west-2"
)
GLOBAL_SOURCES: Mapping[str, frozenset[str]] = {
    "amazon.nova-2-lite-v1:0": _set(
        "ap-east-2 ap-northeast-1 ap-northeast-2 ap-south-1 ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-4"
        " ap-southeast-5 ap-southeast-7 ca-central-1 ca-west-1 eu-central-1 eu-north-1 eu-south-1 eu-south-2 eu-west-1"
        " eu-west-2 eu-west-3 il-central-1 me-central-1 us-east-1 us-east-2 us-west-1 us-west-2"
    ),
    "anthropic.claude-haiku-4-5-20251001-v1:0": _GLOBAL_CLAUDE_SOURCES | {"me-south-1"},
    "anthropic.claude-opus-4-5-20251101-v1:0": _GLOBAL_CLAUDE_SOURCES | {"af-south-1", "me-south-1"},
    "anthropic.claude-sonnet-4-20250514-v1:0": _set("ap-northeast-1 eu-west-1 us-east-1 us-east-2 us-west-2"),
    "anthropic.claude-sonnet-4-5-20250929-v1:0": _GLOBAL_CLAUDE_SOURCES | {"af-south-1", "ca-west-1"},
}

ROUTES: Mapping[str, _Route] = {
    "us.amazon.nova-2-lite-v1:0": _us("us-west-1", "ca-central-1", "ca-west-1"),
    "us.amazon.nova-lite-v1:0": _us("us-west-1"),
    "us.amazon.nova-micro-v1:0": _us(),
    "us.amazon.nova-premier-v1:0": _us(),
    "us.amazon.nova-pro-v1:0": _us("us-west-1"),
    "us.anthropic.claude-haiku-4-5-20251001-v1:0": _us("us-west-1", "ca-central-1"),
    "us.anthropic.claude-opus-4-1-20250805-v1:0": _us(),
    "us.anthropic.claude-opus-4-20250514-v1:0": _us(),
    "us.anthropic.claude-opus-4-5-20251101-v1:0": _us("us-west-1", "ca-central-1"),
    "us.anthropic.claude-sonnet-4-20250514-v1:0": _us("us-west-1"),
    "us.anthropic.claude-sonnet-4-5-20250929-v1:0": _us("us-west-1", "ca-central-1"),
    "us.deepseek.r1-v1:0": _us(),
    "us.meta.llama3-3-70b-instruct-v1:0": _us(),
    "us.meta.llama4-maverick-17b-instruct-v1:0": _us("us-west-1"),
    "us.meta.llama4-scout-17b-instruct-v1:0": _us("us-west-1"),
    "us.mistral.pixtral-large-2502-v1:0": _us(),
    "us.writer.palmyra-x4-v1:0": _us("us-west-1"),
    "us.writer.palmyra-x5-v1:0": _us("us-west-1"),
    "us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0": _Route(
        _set("us-gov-west-1"), _set("us-gov-west-1"), {"us-gov-east-1": _set("us-gov-west-1")}
    ),
    "eu.amazon.nova-2-lite-v1:0": _eu(_EU_SIX),
    "eu.amazon.nova-lite-v1:0": _EU_NOVA,
    "eu.amazon.nova-micro-v1:0": _EU_NOVA,
    "eu.amazon.nova-pro-v1:0": _EU_NOVA,
    "eu.anthropic.claude-haiku-4-5-20251001-v1:0": _eu(_EU_SIX, "eu-central-2", "eu-west-2"),
    "eu.anthropic.claude-opus-4-5-20251101-v1:0": _eu(_EU_SIX, "eu-central-2", "eu-west-2"),
    "eu.anthropic.claude-sonnet-4-20250514-v1:0": _eu(_EU_SIX, "il-central-1"),
    "eu.anthropic.claude-sonnet-4-5-20250929-v1:0": _eu(_EU_SIX, "eu-central-2", "eu-west-2"),
    "eu.mistral.pixtral-large-2502-v1:0": _eu(_EU_FOUR),
    "apac.amazon.nova-lite-v1:0": _APAC_NOVA,
    "apac.amazon.nova-micro-v1:0": _Route(_APAC_SIX, _APAC_NOVA_SOURCES, _APAC_OUTER),
    "apac.amazon.nova-pro-v1:0": _APAC_NOVA,
    "apac.anthropic.claude-sonnet-4-20250514-v1:0": _Route(_APAC_EIGHT, _APAC_EIGHT, _APAC_OUTER),
    "au.anthropic.claude-haiku-4-5-20251001-v1:0": _AUSTRALIA,
    "au.anthropic.claude-sonnet-4-5-20250929-v1:0": _AUSTRALIA,
    "ca.amazon.nova-lite-v1:0": _within("ca-central-1 ca-west-1"),
    "jp.amazon.nova-2-lite-v1:0": _Route(_set("ap-northeast-1 ap-northeast-3"), _set("ap-northeast-1")),
    "jp.anthropic.claude-haiku-4-5-20251001-v1:0": _JAPAN,
    "jp.anthropic.claude-sonnet-4-5-20250929-v1:0": _JAPAN,
}


def destinations(profile_id: str, source_region: str) -> tuple[str, ...] | None:
    """Regions that a geographic profile may route to from `source_region`. None if that is not known."""
    route = ROUTES.get(profile_id)
    regions = route.from_region(source_region) if route else None
    return tuple(sorted(regions)) if regions else None


def is_global_source(model_id: str, source_region: str) -> bool:
    """Whether the global profile of a model is known to be callable from `source_region`."""
    return source_region in GLOBAL_SOURCES.get(model_id, frozenset())
