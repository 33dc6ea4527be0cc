"""The control plane's resources, read from botocore's service model: which operation does what, to what, named how."""

import functools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import botocore.session
from botocore.model import ListShape, OperationModel, ServiceModel, Shape, StructureShape

SERVICE = "bedrock-agentcore-control"
_VERBS = ("Create", "Get", "Update", "Delete", "List")
_SUMMARY = re.compile(r"(Summary|Summaries)$")
# A list operation lists the singular of its name; the model has no other link between the two.
_SINGULARS = ((re.compile(r"ies$"), "y"), (re.compile(r"sses$"), "ss"), (re.compile(r"s$"), ""))


@functools.cache
def service_model() -> ServiceModel:
    """Botocore's model of `bedrock-agentcore-control`, loaded once."""
    return botocore.session.get_session().get_service_model(SERVICE)


@functools.cache
def operation_names() -> frozenset[str]:
    """The API names of every operation of the service."""
    return frozenset(service_model().operation_names)


@functools.cache
def operation(name: str) -> OperationModel:
    """The model of one operation.

    Raises:
        ValueError: If the service has no operation of that name.
    """
    if name not in operation_names():
        raise ValueError(f"{SERVICE} has no operation {name!r}; use a name of its API reference")
    return service_model().operation_model(name)


def normal(name: str) -> str:
    """A name without case and punctuation, as names are compared across API and CloudFormation."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def structure(shape: Shape | None) -> StructureShape:
    """A shape that must be a structure, as every operation's input and output is.

    Raises:
        TypeError: If it is none.
    """
    if not isinstance(shape, StructureShape):
        raise TypeError(f"expected a structure of the service model, got {shape!r}")
    return shape


def is_structure(shape: Shape | None) -> bool:
    """Whether a shape is a structure with members of its own (not a free document)."""
    return isinstance(shape, StructureShape) and not shape.is_document_type


def record_shape(shape: StructureShape) -> tuple[str | None, StructureShape]:
    """The structure that describes the resource, and the member that wraps it where the operation wraps it."""
    members = list(shape.members.items())
    if len(members) == 1 and isinstance(members[0][1], StructureShape):
        return members[0][0], members[0][1]
    return None, shape


def list_member(shape: StructureShape) -> tuple[str, ListShape]:
    """The member of a list operation's output that holds the page."""
    for name, member in shape.members.items():
        if isinstance(member, ListShape):
            return name, member
    raise ValueError(f"{shape.name} has no list member; it is no list operation's output")


@dataclass(frozen=True)
class Kind:
    """One kind of resource of the control plane, for example `AgentRuntimeEndpoint`.

    Args:
        noun: The resource's name in the operations' names.
        key: Input members that identify one resource, outermost parent first, for example `agentRuntimeId` and
            `endpointName`.
        name_member: The input member that names a new resource, or None where the service makes up the whole id.
        arn_member: The output member that holds its own ARN, or None where it has none.
        arn_pattern: The model's pattern of that ARN.
        id_pattern: The model's pattern of its own (last) key.
        parent: Noun of the resource it belongs to, or None.
    """

    noun: str
    key: tuple[str, ...]
    name_member: str | None
    arn_member: str | None
    arn_pattern: str
    id_pattern: str
    parent: str | None

    @property
    def own_key(self) -> str:
        """The last member of the key: what identifies the resource within its parents."""
        return self.key[-1]

    @property
    def id_names(self) -> tuple[str, ...]:
        """The names under which output shapes show the resource's own key."""
        own = self.own_key
        names = [own, re.sub("Identifier$", "Id", own)]
        # The Memory shape calls its id plainly `id`; a runtime endpoint's `id` is another value than its name.
        return tuple(dict.fromkeys([*names, "id"] if own.endswith("Id") else names))


def output_shapes(noun: str) -> Iterator[StructureShape]:
    """Every structure in which the service shows a resource: Create, Get and Update outputs and list summaries."""
    for verb in ("Create", "Get", "Update"):
        if verb + noun in operation_names():
            shape = operation(verb + noun).output_shape
            if isinstance(shape, StructureShape):
                yield record_shape(shape)[1]
    for name, listed in listings().items():
        if listed == noun:
            member = list_member(structure(operation(name).output_shape))[1].member
            if isinstance(member, StructureShape):
                yield member


def members_of(noun: str) -> dict[str, Shape]:
    """Every member in which the service shows a resource, with its shape."""
    found: dict[str, Shape] = {}
    for shape in output_shapes(noun):
        for name, member in shape.members.items():
            found.setdefault(name, member)
    return found


@functools.cache
def kinds() -> dict[str, Kind]:
    """Every kind of resource that the service creates, by its noun."""
    nouns = [name.removeprefix("Create") for name in service_model().operation_names if name.startswith("Create")]
    own_keys = {noun: _keys(noun) for noun in nouns if "Get" + noun in operation_names()}
    return {noun: _kind(noun, key, own_keys) for noun, key in own_keys.items()}


def _keys(noun: str) -> tuple[str, ...]:
    """Identity of a resource: what its Get operation requires, the parents (given at creation, not its name) first."""
    required = structure(operation("Get" + noun).input_shape).required_members
    created_with = structure(operation("Create" + noun).input_shape).required_members
    parents = [key for key in required if key in created_with and len(required) > 1 and not key.endswith("Name")]
    return (*parents, *(key for key in required if key not in parents))


def _kind(noun: str, key: tuple[str, ...], keys: dict[str, tuple[str, ...]]) -> Kind:
    members = members_of(noun)
    arn = next((name for name in _arn_names(noun) if name in members), None)
    parent = next((other for other, theirs in keys.items() if len(key) > 1 and theirs == key[:-1]), None)
    create = structure(operation("Create" + noun).input_shape)
    get = structure(operation("Get" + noun).input_shape)
    return Kind(
        noun=noun,
        key=key,
        name_member=_name_member(noun, create.members),
        arn_member=arn,
        arn_pattern=str(members[arn].metadata.get("pattern", "")) if arn else "",
        id_pattern=str(get.members[key[-1]].metadata.get("pattern", "")),
        parent=parent,
    )


def _arn_names(noun: str) -> list[str]:
    lower = noun[0].lower() + noun[1:]
    words = re.findall(r"[A-Z][a-z0-9]*", noun)
    tails = ["".join([words[i].lower(), *words[i + 1 :]]) for i in range(1, len(words))]
    names = [f"{stem}Arn" for stem in (lower, *tails)]
    return [*names, "arn"]


def _name_member(noun: str, members: Iterable[str]) -> str | None:
    lower = normal(noun)
    return next((m for m in members if m == "name" or (m.endswith("Name") and lower.endswith(normal(m[:-4])))), None)


def _singular(plural: str) -> str:
    for pattern, replacement in _SINGULARS:
        if pattern.search(plural):
            return pattern.sub(replacement, plural)
    return plural


@functools.cache
def listings() -> dict[str, str]:
    """Which kind of resource each plain list operation lists."""
    nouns = {name.removeprefix("Create") for name in operation_names() if name.startswith("Create")}
    found = {}
    for name in sorted(operation_names()):
        plural = _SUMMARY.sub("", name.removeprefix("List"))
        for noun in {_singular(name.removeprefix("List")), _singular(plural), plural}:
            if name.startswith("List") and noun in nouns:
                found[name] = noun
    return found


@functools.cache
def plain_operations() -> dict[str, tuple[str, str]]:
    """The operations that act on one kind of resource: operation name → (verb, noun)."""
    found = {name: ("List", noun) for name, noun in listings().items() if noun in kinds()}
    for name in sorted(operation_names()):
        for verb in _VERBS:
            noun = name.removeprefix(verb)
            if name.startswith(verb) and noun != name:
                noun = noun if noun in kinds() else _SUMMARY.sub("", noun)
                if noun in kinds():
                    found.setdefault(name, (verb, noun))
    return found
