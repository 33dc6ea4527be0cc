"""Where a guardrail's checks run: in its own Region, or in several of one geography."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from constructs_lib._place import Place, is_token

_PROFILE_ID = re.compile(r"[a-z0-9-]+\.guardrail\.v[0-9:]+")

_US = ("us-east-1", "us-east-2", "us-west-2")
_US_GOV = ("us-gov-east-1", "us-gov-west-1")
_EU = ("eu-central-1", "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-3")
_APAC = (
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
)
_APAC_WIDER = (*_APAC, "ap-south-2", "ap-southeast-4")
_APAC_WIDEST = (*_APAC_WIDER, "ap-southeast-3")

# Transcribed on 2026-11-21 from
# https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-cross-region-support.html: by profile, the Regions it
# can be used from, and where checks made there run.
ROUTES: Mapping[str, Mapping[str, Sequence[str]]] = {
    "us.guardrail.v1:0": {**dict.fromkeys(_US, _US), "us-west-1": (*_US, "us-west-1")},
    "us-gov.guardrail.v1:0": dict.fromkeys(_US_GOV, _US_GOV),
    "eu.guardrail.v1:0": {**dict.fromkeys(_EU, _EU), "il-central-1": (*_EU, "il-central-1")},
    "uk.guardrail.v1:0": {"eu-west-2": ("eu-west-2",)},
    "au.guardrail.v1:0": {"ap-southeast-2": ("ap-southeast-2",)},
    "ca.guardrail.v1:0": {"ca-central-1": ("ca-central-1", "ca-west-1")},
    "apac.guardrail.v1:0": {
        **{region: _APAC for region in _APAC if region != "ap-northeast-3"},
        "ap-southeast-3": _APAC_WIDEST,
        "ap-southeast-4": _APAC_WIDER,
        "ap-east-2": (*_APAC_WIDEST, "ap-east-2"),
        "ap-southeast-5": (*_APAC_WIDEST, "ap-southeast-5"),
        "ap-southeast-7": (*_APAC_WIDEST, "ap-southeast-7"),
        "me-central-1": (*_APAC_WIDEST, "me-central-1"),
    },
}


@dataclass(frozen=True)
class GuardrailProfile:
    """A system-defined profile: a guardrail's checks run in several Regions of a geography. Made by a factory.

    Requests and answers leave the guardrail's Region for them, though not the geography. In return the guardrail gets
    the Standard tier: more languages, code, attempts to get at the system prompt, and longer topics. Follows
    https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-cross-region.html

    Args:
        profile_id: Such as `us.guardrail.v1:0`.
        destination_regions: Regions that the checks run in. None: looked up by the guardrail's Region.
    """

    profile_id: str
    destination_regions: tuple[str, ...] | None = None

    @staticmethod
    def us() -> "GuardrailProfile":
        """Regions of the United States."""
        return GuardrailProfile("us.guardrail.v1:0")

    @staticmethod
    def us_gov() -> "GuardrailProfile":
        """AWS GovCloud (US)."""
        return GuardrailProfile("us-gov.guardrail.v1:0")

    @staticmethod
    def eu() -> "GuardrailProfile":
        """Regions of the European Union."""
        return GuardrailProfile("eu.guardrail.v1:0")

    @staticmethod
    def uk() -> "GuardrailProfile":
        """The United Kingdom, which is one Region."""
        return GuardrailProfile("uk.guardrail.v1:0")

    @staticmethod
    def au() -> "GuardrailProfile":
        """Sydney only."""
        return GuardrailProfile("au.guardrail.v1:0")

    @staticmethod
    def ca() -> "GuardrailProfile":
        """Regions of Canada."""
        return GuardrailProfile("ca.guardrail.v1:0")

    @staticmethod
    def apac() -> "GuardrailProfile":
        """Regions of Asia and the Pacific."""
        return GuardrailProfile("apac.guardrail.v1:0")

    @staticmethod
    def of(profile_id: str, *, destination_regions: Sequence[str]) -> "GuardrailProfile":
        """A profile that this version of the library does not know.

        Args:
            profile_id: Such as `us.guardrail.v1:0`.
            destination_regions: Regions that AWS lists for it and the guardrail's Region; the guardrail's users need
                permissions there.

        Raises:
            ValueError: If the id is not one, or no Region is given.
        """
        if not _PROFILE_ID.fullmatch(profile_id):
            raise ValueError(f"a guardrail profile's id has the form us.guardrail.v1:0, got {profile_id!r}")
        if isinstance(destination_regions, str) or not destination_regions:
            raise ValueError(
                f"destination_regions of {profile_id!r} lists at least one Region, got {destination_regions!r}"
            )
        return GuardrailProfile(profile_id, tuple(dict.fromkeys(destination_regions)))

    def arn(self, place: Place) -> str:
        """ARN of the profile for a guardrail at `place`."""
        return place.arn("bedrock", f"guardrail-profile/{self.profile_id}")

    def destination_arns(self, place: Place) -> tuple[str, ...]:
        """ARNs of the profile in each Region that the checks of a guardrail at `place` run in.

        Raises:
            ValueError: If it is not known where the checks run.
        """
        resource = f":{place.account}:guardrail-profile/{self.profile_id}"
        return tuple(f"arn:{place.partition}:bedrock:{region}{resource}" for region in self._destinations(place.region))

    def _destinations(self, region: str) -> Sequence[str]:
        if self.destination_regions is not None:
            return self.destination_regions
        if is_token(region):
            raise ValueError(
                f"where the checks of {self.profile_id!r} run depends on the Region, and the guardrail's stack has"
                " none; give the stack env=Environment(region=…)"
            )
        routes = ROUTES[self.profile_id]
        if region not in routes:
            raise ValueError(
                f"the profile {self.profile_id!r} cannot be used from {region!r}, only from"
                f" {', '.join(sorted(routes))}; choose another, or, if AWS has added the Region, pass"
                f" GuardrailProfile.of({self.profile_id!r}, destination_regions=[…])"
            )
        return routes[region]
