"""Templates that are deployed together, and the resources in them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import TypeVar, cast

from constructs_lib.safety.rules.values import alternatives, intrinsic, listed, named, targets, text, used

AGENTCORE = "AWS::BedrockAgentCore::"
Computed = TypeVar("Computed")


class Resource:
    """One resource of a template.

    Args:
        template: The template it is in.
        logical_id: Its logical id.
        body: What the template says of it.
    """

    def __init__(self, template: "Template", logical_id: str, body: Mapping[str, object]) -> None:
        self.template = template
        self.logical_id = logical_id
        self.body = body
        self.type = str(body.get("Type", ""))
        properties = body.get("Properties")
        self.properties: Mapping[str, object] = properties if isinstance(properties, Mapping) else {}

    def __repr__(self) -> str:
        return f"{self.template.name}/{self.logical_id}"

    def get(self, path: str) -> object:
        """The property at a dotted path, None if there is none; a condition on the way takes the side that has it."""
        return lookup(self.properties, path)

    def mapping(self, path: str) -> Mapping[str, object]:
        """The property at a dotted path if it is a mapping and no intrinsic function, otherwise an empty one."""
        return plain_mapping(self.get(path))

    def refers(self, path: str) -> set["Resource"]:
        """The resources that the property at a path refers to, in other templates too."""
        return self.template.referred(self.get(path))

    def depends_on(self, other: "Resource") -> bool:
        """Whether it is made after `other` of its template, by references or DependsOn, through others too."""
        return other in self.template.before(self)

    @cached_property
    def direct(self) -> set["Resource"]:
        """Resources of the same template that it waits for itself."""
        stated = self.body.get("DependsOn", [])
        awaited = targets(self.properties) | {str(each) for each in listed(stated)}
        return {self.template.resources[each] for each in awaited if each in self.template.resources}


class Template:
    """One template among those that are deployed together.

    Args:
        name: Its name in findings.
        document: The template as JSON.
        deployment: All templates of the deployment.
    """

    def __init__(self, name: str, document: Mapping[str, object], deployment: "Deployment") -> None:
        self.name = name
        self.document = document
        self.deployment = deployment
        declared = document.get("Resources")
        self.resources = {
            str(logical_id): Resource(self, str(logical_id), body)
            for logical_id, body in (declared.items() if isinstance(declared, Mapping) else ())
            if isinstance(body, Mapping)
        }
        self._before: dict[Resource, set[Resource]] = {}

    def of_type(self, *types: str) -> Iterator[Resource]:
        """Its resources of these types."""
        return (each for each in self.resources.values() if each.type in types)

    def referred(self, value: object) -> set[Resource]:
        """The resources that a value of this template refers to, through exports too."""
        found: set[Resource] = set()
        for each in named(value):
            found |= self._named(each)
        for name in used("Fn::ImportValue", value):
            for origin, what in self.deployment.exported(text(name)):
                found |= origin.referred(what)
        for source in used("Fn::GetStackOutput", value):
            for origin, what in self.deployment.output(text(lookup(source, "OutputName"))):
                found |= origin.referred(what)
        return found

    def _named(self, name: str) -> set[Resource]:
        """What `LogicalId` or `LogicalId.Attribute` stands for, through parameters and outputs of nested stacks."""
        logical_id, _, attribute = name.partition(".")
        nested = self.deployment.nested(self.name, logical_id)
        output = attribute.removeprefix("Outputs.")
        if nested and output in nested.outputs:
            return nested.referred(lookup(nested.outputs[output], "Value"))
        if self.holder and logical_id in self.parameters:
            return self.holder.template.referred(self.holder.mapping("Parameters").get(logical_id))
        return {self.resources[logical_id]} if logical_id in self.resources else set()

    @property
    def holder(self) -> Resource | None:
        """The nested stack's resource in its parent, if this is the template of one."""
        return self.deployment.holder(self.name)

    def before(self, resource: Resource) -> set[Resource]:
        """Every resource of this template that is made before `resource`."""
        if resource not in self._before:
            found: set[Resource] = set()
            waiting = [resource]
            while waiting:
                for each in waiting.pop().direct - found:
                    found.add(each)
                    waiting.append(each)
            self._before[resource] = found
        return self._before[resource]

    @property
    def outputs(self) -> Mapping[str, object]:
        """Its outputs."""
        return plain_mapping(self.document.get("Outputs"))

    @property
    def parameters(self) -> Mapping[str, object]:
        """Its parameters."""
        return plain_mapping(self.document.get("Parameters"))


class Deployment:
    """Templates that are deployed together: references between them are followed.

    Args:
        documents: The templates as JSON, by name.
        parents: For the template of a nested stack, the name of its parent and its logical id there.
    """

    def __init__(
        self, documents: Mapping[str, Mapping[str, object]], parents: Mapping[str, tuple[str, str]] | None = None
    ) -> None:
        self._parents = parents or {}
        self._computed: dict[object, object] = {}
        self.templates = [Template(name, document, self) for name, document in documents.items()]

    def of_type(self, *types: str) -> Iterator[Resource]:
        """All resources of these types."""
        return (each for wanted in types for each in self._by_type.get(wanted, ()))

    def exported(self, name: str) -> list[tuple[Template, object]]:
        """The templates that export this name, and the values."""
        return self._exports.get(name, [])

    def output(self, name: str) -> list[tuple[Template, object]]:
        """The templates with an output of this logical id, and the values; names of stacks are not in templates."""
        return [(each, lookup(each.outputs[name], "Value")) for each in self.templates if name in each.outputs]

    @cached_property
    def _by_type(self) -> dict[str, list[Resource]]:
        found: dict[str, list[Resource]] = {}
        for template in self.templates:
            for each in template.resources.values():
                found.setdefault(each.type, []).append(each)
        return found

    @cached_property
    def _exports(self) -> dict[str, list[tuple[Template, object]]]:
        found: dict[str, list[tuple[Template, object]]] = {}
        for template in self.templates:
            for output in template.outputs.values():
                export = lookup(output, "Export.Name")
                if export is not None:
                    found.setdefault(text(export), []).append((template, lookup(output, "Value")))
        return found

    def nested(self, parent: str, logical_id: str) -> Template | None:
        """The template of a nested stack, by its resource in the parent."""
        return self._nested.get((parent, logical_id))

    def holder(self, name: str) -> Resource | None:
        """The resource of the nested stack whose template this is."""
        parent, logical_id = self._parents.get(name, ("", ""))
        return self._by_name[parent].resources.get(logical_id) if parent in self._by_name else None

    @cached_property
    def _by_name(self) -> dict[str, Template]:
        return {each.name: each for each in self.templates}

    @cached_property
    def _nested(self) -> dict[tuple[str, str], Template]:
        return {place: self._by_name[name] for name, place in self._parents.items() if name in self._by_name}

    def once(self, compute: Callable[["Deployment"], Computed]) -> Computed:
        """What `compute` makes of this deployment, computed once."""
        if compute not in self._computed:
            self._computed[compute] = compute(self)
        return cast("Computed", self._computed[compute])


def lookup(value: object, path: str) -> object:
    """What stands at a dotted path of a value, None if nothing does."""
    for key in path.split("."):
        value = next((each[key] for each in alternatives(value) if isinstance(each, Mapping) and key in each), None)
        if value is None:
            return None
    return value


def plain_mapping(value: object) -> Mapping[str, object]:
    """The value if it is a mapping and no intrinsic function, otherwise an empty mapping."""
    return value if isinstance(value, Mapping) and not intrinsic(value) else {}


def mappings(values: object) -> Iterable[Mapping[str, object]]:
    """The mappings in a list of a template; of a condition, both sides."""
    if not isinstance(values, list):
        values = [each for side in alternatives(values) for each in (side if isinstance(side, list) else [])]
    return [each for value in values for each in alternatives(value) if isinstance(each, Mapping)]
