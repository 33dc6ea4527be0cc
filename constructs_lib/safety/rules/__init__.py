"""Rules about AgentCore over CloudFormation templates: pure Python on the template's JSON, without the CDK."""

from collections.abc import Iterator, Mapping, Sequence

from constructs_lib.safety.rules import (
    credentials,
    evaluation,
    gateway,
    inbound,
    memory,
    models,
    names,
    network,
    observability,
    policies,
    roles,
    runtime,
    sandbox,
)
from constructs_lib.safety.rules.acknowledgements import Acknowledgement, in_metadata, in_template
from constructs_lib.safety.rules.model import PACK, Demand, Finding, Rule, Settings, Severity
from constructs_lib.safety.rules.nested import LoadedTemplate, load
from constructs_lib.safety.rules.template import Deployment, Resource

__all__ = [
    "FAMILIES",
    "PACK",
    "RULES",
    "Acknowledgement",
    "Demand",
    "Finding",
    "LoadedTemplate",
    "Rule",
    "Settings",
    "Severity",
    "check_template",
    "check_templates",
    "in_metadata",
    "load",
]

FAMILIES: Mapping[str, Sequence[Rule]] = {
    "Inbound authorization": inbound.RULES.rules,
    "Roles and trust": roles.RULES.rules,
    "Runtimes": runtime.RULES.rules,
    "Memory": memory.RULES.rules,
    "Gateway targets": gateway.RULES.rules,
    "Tool policies": policies.RULES.rules,
    "Credentials": credentials.RULES.rules,
    "Sandbox tools": sandbox.RULES.rules,
    "Network": network.RULES.rules,
    "Logs and encryption": observability.RULES.rules,
    "Names and limits": names.RULES.rules,
    "Models and guardrails": models.RULES.rules,
    "Evaluation": evaluation.RULES.rules,
}
"""All rules, by what they are about."""

RULES: Mapping[str, Rule] = {rule.id: rule for family in FAMILIES.values() for rule in family}
"""All rules, by id."""

Acknowledgements = Mapping[str, Sequence[Acknowledgement]]


def check_template(
    template: Mapping[str, object],
    *,
    name: str = "template",
    settings: Settings | None = None,
    acknowledgements: Acknowledgements | None = None,
) -> list[Finding]:
    """What the rules find in one template.

    Args:
        template: A CloudFormation template as JSON.
        name: Its name in the findings.
        settings: What is demanded beyond the rules that always apply. Default: nothing.
        acknowledgements: Acknowledgements by logical id, beside those in the template's own metadata.

    Returns:
        The findings in order, acknowledged ones too.
    """
    given = {name: acknowledgements} if acknowledgements else None
    return check_templates({name: template}, settings=settings, acknowledgements=given)


def check_templates(
    templates: Mapping[str, Mapping[str, object]],
    *,
    settings: Settings | None = None,
    acknowledgements: Mapping[str, Acknowledgements] | None = None,
    parents: Mapping[str, tuple[str, str]] | None = None,
) -> list[Finding]:
    """What the rules find in templates that are deployed together; references between them are followed.

    Args:
        templates: CloudFormation templates as JSON, by name.
        settings: What is demanded beyond the rules that always apply. Default: nothing.
        acknowledgements: By template's name and logical id, beside those in the templates' own metadata.
        parents: For the template of a nested stack, the name of its parent and its logical id there.

    Returns:
        The findings in order, acknowledged ones too.
    """
    chosen = settings or Settings()
    beside = acknowledgements or {}
    found = [
        _acknowledged(finding, resource, beside.get(template.name, {}).get(resource.logical_id, ()))
        for template in Deployment(templates, parents).templates
        for resource in template.resources.values()
        for finding in _findings(resource, chosen)
    ]
    return sorted(found)


def _findings(resource: Resource, settings: Settings) -> Iterator[Finding]:
    for rule in _BY_TYPE.get(resource.type, ()):
        if settings.demands(rule.demand, resource.template):
            for hit in rule.check(resource):
                yield Finding(
                    template=resource.template.name,
                    logical_id=resource.logical_id,
                    rule=rule.id,
                    message=hit.message,
                    path=hit.path,
                    severity=rule.severity,
                    detail=hit.detail,
                )


def _acknowledged(finding: Finding, resource: Resource, beside: Sequence[Acknowledgement]) -> Finding:
    for each in (*in_template(resource), *beside):
        if each.covers(finding):
            return Finding(**{**vars(finding), "acknowledged": each.reason or "no reason is given"})
    return finding


def _rules_by_type() -> dict[str, list[Rule]]:
    found: dict[str, list[Rule]] = {}
    for rule in RULES.values():
        for each in rule.types:
            found.setdefault(each, []).append(rule)
    return found


_BY_TYPE = _rules_by_type()
