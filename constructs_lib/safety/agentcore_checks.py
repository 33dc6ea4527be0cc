"""The rules about AgentCore as a validation plugin of the CDK."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path

import aws_cdk as cdk
import jsii
from constructs import IConstruct

from constructs_lib.safety.rules import PACK, RULES, Finding, Settings, Severity, check_templates, load


@jsii.implements(cdk.IPolicyValidationPlugin)
class AgentCoreChecks:
    """Checks an app's templates for what AgentCore needs to be safe, at every synth, beside the packs of cdk-nag.

    Findings are acknowledged as those of cdk-nag are, by their exact id and with a reason:
    `Validations.of(x).acknowledge(Acknowledgment(id="AgentCoreChecks::MemoryWithoutKey", reason=…))`. Errors make the
    synth fail; warnings are printed and stand in `validation-report.json`.

    https://docs.aws.amazon.com/cdk/v2/guide/policy-validation-synthesis.html

    Args:
        scope: The app. It is not needed; the packs of cdk-nag take it, and so both are written alike.
        production: Patterns (`*`, `?`) of the construct paths of stacks that are for production, for example `Prod/*`.
            Further rules apply to them. Default: none is.
        permissions_boundary: Whether every role that AgentCore takes on has to have a permissions boundary.
        guardrail: Whether agents may call models with a guardrail only.

    Raises:
        ValueError: If `production` is a single text.
    """

    def __init__(
        self,
        scope: IConstruct | None = None,
        *,
        production: Sequence[str] = (),
        permissions_boundary: bool = False,
        guardrail: bool = False,
    ) -> None:
        del scope
        if isinstance(production, str):
            # House rule: what a caller can put right is a ValueError.
            raise ValueError(  # noqa: TRY004
                f"production takes a list of patterns, got the text {production!r}; pass [{production!r}]"
            )
        self._settings = Settings(
            production=tuple(production), permissions_boundary=permissions_boundary, guardrail=guardrail
        )

    @property
    def name(self) -> str:
        """Name of the pack, the part before `::` of an acknowledgement's id."""
        return PACK

    @property
    def version(self) -> str | None:
        """No version of its own: it is the library's."""
        return None

    @property
    def rule_ids(self) -> list[str]:
        """Ids of all rules."""
        return sorted(RULES)

    def validate(self, context: cdk.IPolicyValidationContext) -> cdk.PolicyValidationPluginReport:
        """Check the templates; the CDK calls this at the end of a synth.

        Args:
            context: Where the templates are.
        """
        stacks = {each.stack_construct_path: Path(each.template_path) for each in context.stack_templates}
        templates = [template for name, path in stacks.items() for template in load(name, path)]
        found = [
            each
            for each in check_templates(
                {each.name: each.document for each in templates},
                settings=self._settings,
                parents={each.name: each.parent for each in templates if each.parent},
            )
            if not each.acknowledged
        ]
        paths = {each.name: str(each.file) for each in templates}
        by_name = groupby(sorted(found, key=lambda each: each.name), key=lambda each: each.name)
        return cdk.PolicyValidationPluginReport(
            success=all(each.severity is not Severity.ERROR for each in found),
            violations=[_violation(name, list(findings), paths) for name, findings in by_name],
        )


def _violation(name: str, findings: Iterable[Finding], paths: dict[str, str]) -> cdk.PolicyViolation:
    findings = list(findings)
    rule = RULES[findings[0].rule]
    messages = "; ".join(dict.fromkeys(each.message for each in findings))
    return cdk.PolicyViolation(
        rule_name=name,
        description=f"{rule.title}: {messages}. {rule.why}",
        fix=rule.remedy,
        severity=rule.severity.value,
        violating_resources=[
            cdk.PolicyViolatingResource(
                resource_logical_id=each.logical_id, template_path=paths[each.template], locations=[each.path]
            )
            for each in findings
        ],
    )
