"""Which model of Amazon Bedrock an agent may call, down to the ARNs that a call really reaches."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from aws_cdk import aws_iam as iam
from constructs import Construct

from constructs_lib._place import Place, is_token, place_of
from constructs_lib.runtime._inference_profiles import (
    GEOGRAPHIES,
    GLOBAL,
    PROFILE_ONLY_MODELS,
    ROUTES,
    destinations,
    is_global_source,
)

# Converse and ConverseStream are authorized by these two as well:
# https://docs.aws.amazon.com/bedrock/latest/userguide/inference-prereq.html
WHOLE_ACTION, STREAM_ACTION = "bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"
INVOKE_ACTIONS = (WHOLE_ACTION, STREAM_ACTION)
APPLY_GUARDRAIL_ACTION = "bedrock:ApplyGuardrail"
# The guardrail of a call, by its ARN: with `:VERSION` behind it for a published version, without for the draft.
# https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-permissions-id.html
GUARDRAIL_KEY = "bedrock:GuardrailIdentifier"

_MODEL_ID = re.compile(r"[a-z0-9-]+\.[a-z0-9][a-zA-Z0-9.:_-]*")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
_GUARDRAIL_ARN = re.compile(r"arn:[a-z-]+:bedrock:[a-z0-9-]+:\d{12}:guardrail/[a-z0-9]+")
_UNSPECIFIED_REGION = "unspecified"


@dataclass(frozen=True)
class _Reach:
    """Resources of one statement and the condition under which it holds."""

    arns: tuple[str, ...]
    equals: Mapping[str, str]
    actions: tuple[str, ...] = INVOKE_ACTIONS
    effect: str = "Allow"
    guardrail: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def conditions(self) -> dict[str, Mapping[str, str]]:
        """The condition by operator, as IAM takes it."""
        return {**({"StringEquals": dict(self.equals)} if self.equals else {}), **self.guardrail}

    def statement(self) -> dict[str, object]:
        """As an IAM policy statement in JSON."""
        condition = {"Condition": self.conditions} if self.conditions else {}
        return {"Effect": self.effect, "Action": list(self.actions), "Resource": list(self.arns), **condition}


@dataclass(frozen=True)
class ModelAccess:
    """A model an agent may call: a foundation model in the agent's Region, or a cross-Region inference profile.

    Make one with `foundation_model` or `inference_profile`. It grants InvokeModel and InvokeModelWithResponseStream
    (which also cover Converse) on exactly what a call reaches: the profile itself and the foundation model in every
    Region that the profile routes to, the latter only through that profile. Follows
    https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-prereq.html and
    https://docs.aws.amazon.com/bedrock/latest/userguide/global-cross-region-inference.html.

    Attributes:
        model_id: What the agent passes to Bedrock as the model id.
        destination_regions: Regions a profile routes to, where the caller named them.
        guardrail_arns: Guardrails the agent may apply.
        actions: What the agent may call it by.
        required_guardrail_arn: Guardrail without which the agent may not call it. None: it may without any.
    """

    model_id: str
    destination_regions: tuple[str, ...] | None = None
    guardrail_arns: tuple[str, ...] = ()
    actions: tuple[str, ...] = INVOKE_ACTIONS
    required_guardrail_arn: str | None = None

    @staticmethod
    def foundation_model(model_id: str) -> "ModelAccess":
        """Access to a foundation model in the Region of the agent's stack.

        Args:
            model_id: Such as `amazon.nova-lite-v1:0`.

        Raises:
            ValueError: If the id is that of an inference profile, or the model can be called through one only.
        """
        _check_model_id(model_id)
        prefix = model_id.partition(".")[0]
        if prefix in (GLOBAL, *GEOGRAPHIES):
            raise ValueError(f"{model_id!r} is an inference profile; use ModelAccess.inference_profile({model_id!r})")
        if model_id in PROFILE_ONLY_MODELS:
            raise ValueError(
                f"{model_id!r} cannot be called by its own id in any Region; use an inference profile,"
                f" such as ModelAccess.inference_profile('us.{model_id}')"
            )
        return ModelAccess(model_id)

    @staticmethod
    def inference_profile(profile_id: str, *, destination_regions: Sequence[str] | None = None) -> "ModelAccess":
        """Access to a model through a cross-Region (system-defined) inference profile.

        Where the profile routes to depends on the Region of the agent's stack, so that has to be known at synth.

        Args:
            profile_id: Such as `us.anthropic.claude-sonnet-4-5-20250929-v1:0`, or `global.…` for every commercial
                Region.
            destination_regions: Regions the profile routes to from the agent's Region, for a profile that this version
                of the library does not know: the Regions of the model ARNs that `aws bedrock get-inference-profile`
                prints. Default: looked up in the library's table.

        Raises:
            ValueError: If the id is not that of an inference profile or a Region is not one.
        """
        _check_model_id(profile_id)
        prefix, _, model = profile_id.partition(".")
        if prefix not in (GLOBAL, *GEOGRAPHIES) or "." not in model:
            prefixes = ", ".join(f"{name}." for name in (*GEOGRAPHIES, GLOBAL))
            raise ValueError(
                f"an inference profile's id starts with one of {prefixes} and a provider, got {profile_id!r};"
                " use ModelAccess.foundation_model for a model without a profile"
            )
        if destination_regions is None:
            return ModelAccess(profile_id)
        return ModelAccess(profile_id, _checked_regions(profile_id, prefix, destination_regions))

    def streaming_only(self) -> "ModelAccess":
        """The same access for an agent that only streams answers: InvokeModelWithResponseStream, ConverseStream."""
        return replace(self, actions=(STREAM_ACTION,))

    def without_streaming(self) -> "ModelAccess":
        """The same access for an agent that takes whole answers only: InvokeModel, Converse."""
        return replace(self, actions=(WHOLE_ACTION,))

    def with_guardrail(self, guardrail_arn: str) -> "ModelAccess":
        """The same access, and the permission to apply one guardrail in a call.

        Args:
            guardrail_arn: ARN of the guardrail, `arn:aws:bedrock:REGION:ACCOUNT:guardrail/ID`.

        Raises:
            ValueError: If it is not a guardrail's ARN.
        """
        return replace(self, guardrail_arns=(*self.guardrail_arns, _checked_guardrail(guardrail_arn)))

    def requiring_guardrail(self, guardrail_arn: str) -> "ModelAccess":
        """The same access, only in calls that apply a published version of one guardrail; all others are denied.

        Any version will do: a policy takes effect before the agents that carry a new version's number do, and those
        that still run would be locked out. The permission to apply the guardrail comes from elsewhere, `with_guardrail`
        or `ContentGuardrail.grant_apply`.

        Args:
            guardrail_arn: ARN of the guardrail, `arn:aws:bedrock:REGION:ACCOUNT:guardrail/ID`.

        Raises:
            ValueError: If it is not a guardrail's ARN.
        """
        return replace(self, required_guardrail_arn=_checked_guardrail(guardrail_arn))

    def statements(self, scope: Construct) -> tuple[dict[str, object], ...]:
        """The permissions as IAM policy statements in JSON, for a caller in the Region of `scope`.

        Raises:
            ValueError: If it is not known where the profile routes to from that Region.
        """
        return tuple(reach.statement() for reach in self._reach(scope))

    def grant_invoke(self, grantee: iam.IGrantable, scope: Construct) -> iam.Grant:
        """Allow `grantee`, who calls from the Region of `scope`, to invoke the model.

        Raises:
            ValueError: If it is not known where the profile routes to from that Region.
        """
        reached = self._reach(scope)
        grants = [
            iam.Grant.add_to_principal(
                grantee=grantee,
                actions=list(reach.actions),
                resource_arns=list(reach.arns),
                conditions=reach.conditions or None,
            )
            for reach in reached
            if reach.effect == "Allow"
        ]
        for denied in (reach.statement() for reach in reached if reach.effect == "Deny"):
            grantee.grant_principal.add_to_principal_policy(iam.PolicyStatement.from_json(denied))
        combined = grants[0]
        for grant in grants[1:]:
            combined = combined.combine(grant)
        return combined

    def _reach(self, scope: Construct) -> list[_Reach]:
        place = place_of(scope)
        reached = [replace(reach, actions=self.actions) for reach in self._model_reach(place)]
        if self.required_guardrail_arn:
            versions = {GUARDRAIL_KEY: f"{self.required_guardrail_arn}:*"}
            reached = [replace(reach, guardrail={"ArnLike": versions}) for reach in reached]
            reached.append(self._denied(place, {"ArnNotLike": versions}))
        if self.guardrail_arns:
            reached.append(_Reach(self.guardrail_arns, {}, (APPLY_GUARDRAIL_ACTION,)))
        return reached

    def _model_reach(self, place: Place) -> list[_Reach]:
        region = place.region
        geography, _, model = self.model_id.partition(".")
        if geography not in (GLOBAL, *GEOGRAPHIES):
            return [_Reach((_model_arn(place.partition, region, self.model_id),), {})]
        if is_token(region):
            raise ValueError(
                f"where {self.model_id!r} routes to depends on the Region, and the agent's stack has none;"
                " give the stack env=Environment(region=…)"
            )
        partition = _partition(region)
        profile = f"arn:{partition}:bedrock:{region}:{place.account}:inference-profile/{self.model_id}"
        through_profile = {"bedrock:InferenceProfileArn": profile}
        if geography == GLOBAL:
            self._check_global_source(model, region)
            # AWS's own three statements; the call that leaves the Region has no Region at all.
            anywhere = {"aws:RequestedRegion": _UNSPECIFIED_REGION, **through_profile}
            return [
                _Reach((profile,), {}),
                _Reach((_model_arn(partition, region, model),), {"aws:RequestedRegion": region, **through_profile}),
                _Reach((_model_arn(partition, "", model),), anywhere),
            ]
        arns = tuple(_model_arn(partition, destination, model) for destination in self._destinations(region))
        return [_Reach((profile,), {}), _Reach(arns, through_profile)]

    def _denied(self, place: Place, unguarded: Mapping[str, Mapping[str, str]]) -> _Reach:
        # It holds against whatever else the caller is granted, in every Region: a call through a profile needs the
        # model's permission too. A call without a guardrail has no such key, which a negated operator matches.
        geography, _, model = self.model_id.partition(".")
        named = model if geography in (GLOBAL, *GEOGRAPHIES) else self.model_id
        return _Reach((_model_arn(place.partition, "*", named),), {}, INVOKE_ACTIONS, "Deny", unguarded)

    def _check_global_source(self, model: str, region: str) -> None:
        if self.destination_regions is None and not is_global_source(model, region):
            raise ValueError(
                f"it is not known whether {self.model_id!r} can be called from {region!r}; use another profile or"
                f" Region, or, if `aws bedrock get-inference-profile --inference-profile-identifier {self.model_id}`"
                f" finds it there, pass destination_regions=[{region!r}]"
            )

    def _destinations(self, region: str) -> tuple[str, ...]:
        known = self.destination_regions or destinations(self.model_id, region)
        if known is None:
            reason = (
                "is not in this version's table" if self.model_id not in ROUTES else f"is not offered in {region!r}"
            )
            raise ValueError(
                f"the inference profile {self.model_id!r} {reason}, so its destinations from {region!r} are not known;"
                " pass destination_regions=[…] with the Regions that `aws bedrock get-inference-profile"
                f" --inference-profile-identifier {self.model_id} --region {region}` prints"
            )
        return known


def _checked_guardrail(arn: str) -> str:
    if not (is_token(arn) or _GUARDRAIL_ARN.fullmatch(arn)):
        raise ValueError(
            f"a guardrail is named by its ARN (arn:aws:bedrock:REGION:ACCOUNT:guardrail/ID), got {arn!r};"
            " pass the guardrail_arn of a ContentGuardrail"
        )
    return arn


def _model_arn(partition: str, region: str, model: str) -> str:
    return f"arn:{partition}:bedrock:{region}::foundation-model/{model}"


def _partition(region: str) -> str:
    if region.startswith("us-gov-"):
        return "aws-us-gov"
    return "aws-cn" if region.startswith("cn-") else "aws"


def _check_model_id(model_id: str) -> None:
    if not _MODEL_ID.fullmatch(model_id):
        raise ValueError(
            f"a model id has the form PROVIDER.MODEL, such as amazon.nova-lite-v1:0, got {model_id!r};"
            " pass the id, not an ARN or a display name"
        )


def _checked_regions(profile_id: str, geography: str, regions: Sequence[str]) -> tuple[str, ...]:
    wrong = [region for region in regions if not _REGION.fullmatch(region)]
    if isinstance(regions, str) or wrong or not regions:
        raise ValueError(
            f"destination_regions of {profile_id!r} lists at least one Region such as 'us-east-1', got {regions!r}"
        )
    if geography == "us-gov" and not all(region.startswith("us-gov-") for region in regions):
        raise ValueError(f"{profile_id!r} routes within AWS GovCloud (US) only, got {list(regions)!r}")
    return tuple(dict.fromkeys(regions))
