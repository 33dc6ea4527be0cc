"""IAM actions of operations. Most are called like them; these are not.

Follows https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from collections.abc import Mapping

from constructs_lib.gateway.descriptions._nodes import Node, child, text
from constructs_lib.gateway.descriptions._smithy.shapes import traits

_PARTIQL = ("PartiQLSelect", "PartiQLInsert", "PartiQLUpdate", "PartiQLDelete")
_OTHERS: Mapping[str, tuple[str, ...]] = {
    "dynamodb:ExecuteStatement": _PARTIQL,
    "dynamodb:BatchExecuteStatement": _PARTIQL,
    "dynamodb:ExecuteTransaction": _PARTIQL,
    "dynamodb:TransactGetItems": ("GetItem",),
    "dynamodb:TransactWriteItems": ("ConditionCheckItem", "DeleteItem", "PutItem", "UpdateItem"),
    "lambda:Invoke": ("InvokeFunction",),
    "lambda:InvokeAsync": ("InvokeFunction",),
}


def iam_actions(service: str, name: str, operation: Node) -> list[str]:
    """The actions that calling the operation needs."""
    said = traits(operation)
    described = text(child(said, "aws.iam#iamAction", where=name), "name") or text(said, "aws.iam#actionName")
    names = (described,) if described else _OTHERS.get(f"{service}:{name}", (name,))
    return [f"{service}:{action}" for action in names]
