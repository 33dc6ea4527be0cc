"""What an agent's model may be asked and may answer."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from constructs_lib._names import physical_name
from constructs_lib._place import is_token, place_of
from constructs_lib.safety import _cloud_engineering as preset
from constructs_lib.safety._rendering import Policies
from constructs_lib.safety.guardrail_policies import BlockedWords, ContentFilter, ContextualGrounding, DeniedTopic
from constructs_lib.safety.guardrail_profile import GuardrailProfile
from constructs_lib.safety.sensitive_information import PiiFilter, RegexFilter

# CloudWatch takes 60 ms to import.
if TYPE_CHECKING:
    from aws_cdk import aws_cloudwatch as cloudwatch

APPLY_ACTION = "bedrock:ApplyGuardrail"
# https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-permissions-kms.html
DECRYPT_ACTION = "kms:Decrypt"

DEFAULT_BLOCKED_INPUT = "I cannot help with this request. Please ask something else, or put it another way."
DEFAULT_BLOCKED_OUTPUT = "I have an answer to this, but may not give it. Please ask something else."

_NAMESPACE = "AWS/Bedrock/Guardrails"
_NAME = re.compile(r"[0-9a-zA-Z_-]{1,50}")
_MAX_NAME = 50
_MAX_MESSAGE, _MAX_DESCRIPTION = 500, 200


class ContentGuardrail(Construct):
    """A guardrail of Amazon Bedrock, and a version of it for what it says now.

    A version is a snapshot. When the guardrail changes, another version is published and whoever uses `version` moves
    to it with the same deployment; earlier ones stay for those that are pinned to them, such as an endpoint of an
    agent that has not moved yet. A guardrail has at most 20 versions: delete those that nobody uses any more.

    Give it to an agent with `guardrail=`. Follows https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails.html

    Args:
        content_filters: Harmful content, by category.
        denied_topics: Topics that are not talked about, at most 30.
        words: Words that are not said.
        pii: Personal data that are blocked or masked.
        regexes: Patterns that are blocked, masked or allowed, at most 30.
        grounding: Whether answers have to be borne out by their source. Default: they need not be.
        blocked_input_message: What users read in place of an answer to a blocked request, at most 500 characters.
        blocked_output_message: What users read in place of a blocked answer, at most 500 characters.
        cross_region: Regions in which its checks may run; it then has the Standard tier. Default: the guardrail's own
            Region, and the Classic tier, which knows English, French and Spanish.
        description: Shown in the console, at most 200 characters. Default: none.
        guardrail_name: Letters, digits, `-` and `_`, at most 50. Default: derived from the construct's path.
        encryption_key: Key that encrypts it; whoever may apply the guardrail may then decrypt with the key. Default: a
            key of AWS.

    Attributes:
        guardrail: The L1 guardrail.
        guardrail_version: The L1 version.
        guardrail_id: Its id, for `AGENT_GUARDRAIL_ID`.
        guardrail_arn: Its ARN, without a version.
        version: Number of the version that this template publishes.

    Raises:
        ValueError: If nothing would be blocked, a text is too long or not known at synth, a policy is there twice, or
            what one allows another filters.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        content_filters: Sequence[ContentFilter] = (),
        denied_topics: Sequence[DeniedTopic] = (),
        words: BlockedWords | None = None,
        pii: Sequence[PiiFilter] = (),
        regexes: Sequence[RegexFilter] = (),
        grounding: ContextualGrounding | None = None,
        blocked_input_message: str = DEFAULT_BLOCKED_INPUT,
        blocked_output_message: str = DEFAULT_BLOCKED_OUTPUT,
        cross_region: GuardrailProfile | None = None,
        description: str | None = None,
        guardrail_name: str | None = None,
        encryption_key: kms.IKey | None = None,
    ) -> None:
        super().__init__(scope, id)
        policies = Policies(
            content_filters=content_filters,
            denied_topics=denied_topics,
            words=words,
            pii=pii,
            regexes=regexes,
            grounding=grounding,
            standard=cross_region is not None,
        )
        policies.check()
        _check_text("blocked_input_message", blocked_input_message, _MAX_MESSAGE)
        _check_text("blocked_output_message", blocked_output_message, _MAX_MESSAGE)
        if description is not None:
            _check_text("description", description, _MAX_DESCRIPTION)
        place = place_of(self)
        self._profile_arns = cross_region.destination_arns(place) if cross_region else ()
        self._key = encryption_key
        name = _checked_name(guardrail_name) or physical_name(self.node.path, max_length=_MAX_NAME)
        rendered = policies.rendered()
        self.guardrail = bedrock.CfnGuardrail(
            self,
            "Guardrail",
            name=name,
            description=description,
            blocked_input_messaging=blocked_input_message,
            blocked_outputs_messaging=blocked_output_message,
            cross_region_config={"guardrailProfileArn": cross_region.arn(place)} if cross_region else None,
            kms_key_arn=encryption_key.key_arn if encryption_key else None,
            **rendered,  # type: ignore[arg-type]
        )
        self.guardrail_id, self.guardrail_arn = self.guardrail.attr_guardrail_id, self.guardrail.attr_guardrail_arn
        snapshot: Mapping[str, object] = {
            **rendered,
            "texts": (name, description, blocked_input_message, blocked_output_message),
            # Their ARNs are references, which say nothing of what they refer to.
            "profile": cross_region.profile_id if cross_region else None,
            "key": encryption_key.node.path if encryption_key else None,
        }
        self.guardrail_version = self._publish(snapshot)
        self.version = self.guardrail_version.attr_version

    @staticmethod
    def cloud_engineering(
        scope: Construct,
        id: str,
        *,
        grounding: float = preset.DEFAULT_GROUNDING,
        ip_addresses: bool = True,
        names: bool = False,
        addresses: bool = False,
        further_topics: Sequence[DeniedTopic] = (),
        own_words: Sequence[str] = (),
        blocked_input_message: str = DEFAULT_BLOCKED_INPUT,
        blocked_output_message: str = DEFAULT_BLOCKED_OUTPUT,
        cross_region: GuardrailProfile | None = None,
        guardrail_name: str | None = None,
        encryption_key: kms.IKey | None = None,
    ) -> "ContentGuardrail":
        """A guardrail for an agent that helps with cloud engineering, and with nothing else.

        Hate, violence and sexual content are blocked at medium strength, attacks on the prompt at high strength,
        profanity by AWS's list; seven topics are denied; credentials are blocked, personal data masked, ids of AWS
        accounts and ARNs allowed. Misinformation is what an answer's source does not bear out: Amazon Bedrock
        recognizes no other, so only answers to a request with a source are checked for it.

        Args:
            scope: The construct it belongs to.
            id: Its id there.
            grounding: Score below which an answer counts as misinformation.
            ip_addresses: Whether IP addresses are masked. Turn it off for an agent that works on networks.
            names: Whether people's names are masked.
            addresses: Whether postal addresses are masked.
            further_topics: Topics denied as well.
            own_words: Words blocked as well.
            blocked_input_message: As for the constructor; so are the others.
            blocked_output_message: What users read in place of a blocked answer.
            cross_region: Regions in which its checks may run.
            guardrail_name: Its name.
            encryption_key: Key that encrypts it.

        Raises:
            ValueError: As for the constructor.
        """
        return ContentGuardrail(
            scope,
            id,
            content_filters=preset.CONTENT_FILTERS,
            denied_topics=[*preset.DENIED_TOPICS, *further_topics],
            words=BlockedWords(own=own_words, profanity=True),
            pii=preset.personal_data(ip_addresses=ip_addresses, names=names, addresses=addresses),
            regexes=preset.REGEXES,
            grounding=ContextualGrounding(grounding=grounding),
            blocked_input_message=blocked_input_message,
            blocked_output_message=blocked_output_message,
            cross_region=cross_region,
            description="Cloud engineering only",
            guardrail_name=guardrail_name,
            encryption_key=encryption_key,
        )

    def grant_apply(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow `grantee` to apply this guardrail, in a model call or by itself; no other, and not to change it."""
        grants = [
            iam.Grant.add_to_principal(grantee=grantee, actions=[action], resource_arns=arns)
            for action, arns in self._permissions()
        ]
        return grants[0] if len(grants) == 1 else grants[0].combine(grants[1])

    def apply_statements(self) -> list[dict[str, object]]:
        """What `grant_apply` grants, as IAM policy statements in JSON."""
        return [{"Effect": "Allow", "Action": action, "Resource": arns} for action, arns in self._permissions()]

    def metric_invocations(self) -> "cloudwatch.Metric":
        """Texts that the version was asked about."""
        return self._metric("Invocations")

    def metric_interventions(self) -> "cloudwatch.Metric":
        """Texts that the version blocked or masked."""
        return self._metric("InvocationsIntervened")

    def _permissions(self) -> list[tuple[str, list[str]]]:
        apply = (APPLY_ACTION, [self.guardrail_arn, *self._profile_arns])
        return [apply, (DECRYPT_ACTION, [self._key.key_arn])] if self._key else [apply]

    def _metric(self, name: str) -> "cloudwatch.Metric":
        from aws_cdk import aws_cloudwatch as cloudwatch

        dimensions = {"GuardrailArn": self.guardrail_arn, "GuardrailVersion": self.version}
        return cloudwatch.Metric(namespace=_NAMESPACE, metric_name=name, dimensions_map=dimensions, statistic="Sum")

    def _publish(self, snapshot: Mapping[str, object]) -> bedrock.CfnGuardrailVersion:
        # All properties of a version are create-only, and none says what it is a snapshot of: the logical id does.
        content = json.dumps(snapshot, sort_keys=True)
        if is_token(content):
            raise ValueError(
                f"the texts of the guardrail {self.node.path!r} have to be known at synth, because versions follow"
                " them; one of them is a reference or a parameter, such as stack.region: write it out"
            )
        digest = hashlib.sha256(content.encode()).hexdigest()[:8]
        version = bedrock.CfnGuardrailVersion(self, f"Version{digest}", guardrail_identifier=self.guardrail_id)
        version.apply_removal_policy(cdk.RemovalPolicy.RETAIN)
        # A strong reference would be an export, which cannot change while another stack uses it.
        cdk.CrossStackReferences.of(version).produce(cdk.ReferenceStrength.WEAK)
        return version


def _check_text(argument: str, text: str, limit: int) -> None:
    if not 1 <= len(text) <= limit:
        raise ValueError(f"{argument}= has 1 to {limit} characters, got {len(text)}")


def _checked_name(name: str | None) -> str | None:
    if name is not None and not _NAME.fullmatch(name):
        raise ValueError(f"a guardrail's name has letters, digits, '-' and '_', at most {_MAX_NAME}, got {name!r}")
    return name
