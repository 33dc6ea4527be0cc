"""Checks a resource's properties against its registry schema, after bringing them to the schema's types."""

import functools
import json
import re
from collections.abc import Iterator, Mapping

from jsonschema import Draft7Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from workbench.local_cloud.cloudformation.request import ProvisioningError, Request
from workbench.local_cloud.cloudformation.schema import Node, Path, ResourceSchema, mapping, resource_schema, sequence

_BOOLEANS = {"true": True, "false": False}


def checked_properties(request: Request) -> dict[str, object]:
    """The wanted properties of a request, with the schema's types.

    Raises:
        ProvisioningError: Worded as CloudFormation words it, naming every property that is unknown, missing, read-only
            or wrong.
    """
    schema = resource_schema(request.type_name)
    properties = typed_properties(schema, request.properties)
    # The validator reports each missing key once per required key of the same object.
    problems = dict.fromkeys([*_read_only(schema, properties), *_violations(schema, properties)])
    if problems:
        listed = "\n".join(problems)
        raise ProvisioningError(
            f"Properties validation failed for resource {request.logical_id} with message:\n{listed}"
        )
    return properties


def typed_properties(schema: ResourceSchema, properties: Mapping[str, object]) -> dict[str, object]:
    """Properties with the types of the schema: templates give numbers and booleans as text, and the other way round."""
    typed = _typed(dict(properties), schema.document, schema)
    return dict(mapping(typed))


def _typed(value: object, node: object, schema: ResourceSchema) -> object:
    resolved = schema.node(node)
    if isinstance(value, Mapping):
        return _typed_mapping(value, resolved, schema)
    if isinstance(value, list):
        return [_typed(item, resolved.get("items", {}), schema) for item in value]
    return _typed_scalar(value, _types(resolved))


def _typed_mapping(value: Mapping[str, object], node: Node, schema: ResourceSchema) -> object:
    if _types(node) == {"string"}:
        return json.dumps(value)
    properties = mapping(node.get("properties"))
    patterns = mapping(node.get("patternProperties"))
    free = next(iter(patterns.values()), node.get("additionalProperties", {}))
    given = {name: item for name, item in value.items() if item is not None}
    return {name: _typed(item, properties.get(name, free), schema) for name, item in given.items()}


def _types(node: Node) -> set[str]:
    kind = node.get("type", ())
    return {kind} if isinstance(kind, str) else {str(item) for item in sequence(kind)}


def _typed_scalar(value: object, types: set[str]) -> object:
    if isinstance(value, str) and "string" not in types:
        return _typed_text(value, types)
    if isinstance(value, bool):
        return str(value).lower() if types == {"string"} else value
    if isinstance(value, (int, float)) and types == {"string"}:
        return str(value)
    return value


def _typed_text(value: str, types: set[str]) -> object:
    if "boolean" in types and value.lower() in _BOOLEANS:
        return _BOOLEANS[value.lower()]
    if types & {"integer", "number"} and re.fullmatch(r"[+-]?\d+", value):
        return int(value)
    if "number" in types and re.fullmatch(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", value):
        return float(value)
    return value


def _read_only(schema: ResourceSchema, properties: Mapping[str, object]) -> Iterator[str]:
    for path in schema.read_only:
        # An identifier that a template may also give (a policy's own id) is read-only in name alone.
        if _set_at(properties, path):
            yield f"#/{'/'.join(path)}: readOnly property cannot be specified"


def _set_at(value: object, path: Path) -> bool:
    if not path:
        return value is not None
    if path[0] == "*":
        return any(_set_at(item, path[1:]) for item in sequence(value))
    return path[0] in mapping(value) and _set_at(mapping(value)[path[0]], path[1:])


def _violations(schema: ResourceSchema, properties: Mapping[str, object]) -> Iterator[str]:
    errors = _validator(schema.type_name).iter_errors(dict(properties))
    for error in sorted(errors, key=lambda error: [str(part) for part in error.absolute_path]):
        yield from _worded(error)


def _worded(error: ValidationError) -> Iterator[str]:
    at = "/".join(["#", *(str(part) for part in error.absolute_path)])
    if error.validator == "required":
        missing = [name for name in sequence(error.validator_value) if name not in mapping(error.instance)]
        yield from (f"{at}: required key [{name}] not found" for name in missing)
    elif error.validator == "additionalProperties":
        known = [*mapping(mapping(error.schema).get("properties"))]
        patterns = [*mapping(mapping(error.schema).get("patternProperties"))]
        extra = [n for n in mapping(error.instance) if n not in known and not any(re.search(p, n) for p in patterns)]
        yield from (f"{at}: extraneous key [{name}] is not permitted" for name in extra)
    else:
        yield f"{at}: {error.message} (failed validation constraint for keyword [{error.validator}])"


def _pattern(_validator: object, pattern: str, instance: object, _schema: object) -> Iterator[ValidationError]:
    """The keyword `pattern`, skipping what the registry writes in a dialect that Python's `re` lacks."""
    try:
        expression = re.compile(pattern)
    except re.error:
        return
    if isinstance(instance, str) and not expression.search(instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


_Validator = extend(Draft7Validator, {"pattern": _pattern})  # type: ignore[no-untyped-call]


@functools.cache
def _validator(type_name: str) -> Draft7Validator:
    validator: Draft7Validator = _Validator(dict(resource_schema(type_name).document))
    return validator
