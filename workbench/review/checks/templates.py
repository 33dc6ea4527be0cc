"""Templates to check: files, or every stack of a cloud assembly, with what was acknowledged in it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from constructs_lib.safety.rules import PACK, Acknowledgement, LoadedTemplate, in_metadata, load
from workbench.errors import WorkbenchError

_STACK, _NESTED = "aws:cloudformation:stack", "cdk:cloud-assembly"
_SUFFIX = ".template.json"

Acknowledgements = Mapping[str, Sequence[Acknowledgement]]


@dataclass(frozen=True)
class CheckedTemplate:
    """One template.

    Args:
        name: Its name in findings: the construct path of its stack, or the file as it was given.
        file: The file.
        document: The template as JSON.
        acknowledgements: What was acknowledged next to the template, by logical id.
        parent: Name of the parent and logical id there, for the template of a nested stack.
    """

    name: str
    file: Path
    document: Mapping[str, object]
    acknowledgements: Acknowledgements
    parent: tuple[str, str] | None = None


def read_templates(paths: Sequence[Path]) -> list[CheckedTemplate]:
    """Read templates.

    Args:
        paths: Files (JSON or YAML), cloud assemblies such as `cdk.out`, or directories with `*.template.json` in them.

    Returns:
        The templates, each once.

    Raises:
        WorkbenchError: If a path does not exist, holds no template, or cannot be read as one.
    """
    found: dict[Path, CheckedTemplate] = {}
    for path in paths:
        if not path.exists():
            raise WorkbenchError(f"there is no {path}: name a template, or the directory `cdk synth` wrote to")
        for template in _in_directory(path) if path.is_dir() else [_file(path)]:
            found.setdefault(template.file.resolve(), template)
    return list(found.values())


def _in_directory(directory: Path) -> list[CheckedTemplate]:
    if (directory / "manifest.json").is_file():
        found = list(_assembly(directory, _from_report(directory)))
    else:
        found = [_file(path) for path in sorted(directory.rglob(f"*{_SUFFIX}"))]
    if not found:
        raise WorkbenchError(f"{directory} holds no template: name a template, or the directory `cdk synth` wrote to")
    return found


def _file(path: Path) -> CheckedTemplate:
    beside = path.with_name(f"{path.name.removesuffix(_SUFFIX)}.metadata.json")
    known = in_metadata(_json(beside)) if path.name.endswith(_SUFFIX) and beside.is_file() else {}
    return CheckedTemplate(str(path), path, _template(path), known)


def _assembly(directory: Path, reported: Mapping[Path, Acknowledgements]) -> Iterator[CheckedTemplate]:
    declared = _json(directory / "manifest.json").get("artifacts")
    artifacts = declared if isinstance(declared, dict) else {}
    for id_, artifact in artifacts.items():
        properties = artifact.get("properties", {})
        if artifact.get("type") == _NESTED:
            yield from _assembly(directory / str(properties.get("directoryName")), reported)
        elif artifact.get("type") == _STACK:
            file = directory / str(properties.get("templateFile"))
            name = str(artifact.get("displayName", id_)).partition(" ")[0]
            for each in _loaded(name, file):
                known = _both(_metadata(directory, artifact), reported.get(each.file.resolve(), {}))
                yield CheckedTemplate(each.name, each.file, each.document, known, each.parent)


def _loaded(name: str, file: Path) -> list[LoadedTemplate]:
    _template(file)
    try:
        return list(load(name, file))
    except (OSError, ValueError) as error:
        raise WorkbenchError(f"a nested stack of {file} cannot be read: {error}") from error


def _metadata(directory: Path, artifact: Mapping[str, object]) -> Acknowledgements:
    """Acknowledgements of a stack's constructs; newer versions of aws-cdk-lib keep them in a file of their own."""
    beside = artifact.get("additionalMetadataFile")
    inside = artifact.get("metadata")
    return in_metadata(
        {
            **(inside if isinstance(inside, dict) else {}),
            **(_json(directory / str(beside)) if beside else {}),
        }
    )


def _from_report(directory: Path) -> dict[Path, dict[str, list[Acknowledgement]]]:
    """Acknowledgements that the synth applied, those of the app and of its stages too."""
    file = directory / "validation-report.json"
    reports = _json(file).get("pluginReports") if file.is_file() else None
    found: dict[Path, dict[str, list[Acknowledgement]]] = {}
    for report in reports if isinstance(reports, list) else []:
        for each in report.get("suppressedViolations", []) if report.get("pluginName") == PACK else []:
            acknowledgement = Acknowledgement(str(each.get("acknowledgedId")), str(each.get("reason", "")))
            for construct in each.get("violatingConstructs", []):
                place = construct.get("cloudFormationResource", {})
                template = (directory / str(place.get("templatePath"))).resolve()
                found.setdefault(template, {}).setdefault(str(place.get("logicalId")), []).append(acknowledgement)
    return found


def _both(first: Acknowledgements, second: Acknowledgements) -> Acknowledgements:
    return {id_: [*first.get(id_, ()), *second.get(id_, ())] for id_ in {*first, *second}}


def _template(path: Path) -> Mapping[str, object]:
    document = _yaml(path) if path.suffix in (".yaml", ".yml") else _json(path)
    if not isinstance(document.get("Resources"), dict):
        raise WorkbenchError(f"{path} is no CloudFormation template: it has no Resources")
    return document


def _json(path: Path) -> dict[str, object]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise WorkbenchError(f"{path} cannot be read as JSON: {error}") from error
    if not isinstance(document, dict):
        raise WorkbenchError(f"{path} has to hold a JSON object")
    return document


def _yaml(path: Path) -> dict[str, object]:
    # It knows CloudFormation's short forms such as !Sub, and takes a second to import.
    from cfnlint.decode import decode

    document, errors = decode(str(path))
    if errors or not isinstance(document, dict):
        why = errors[0].message if errors else "it is no mapping"
        raise WorkbenchError(f"{path} cannot be read as YAML: {why}")
    plain: dict[str, object] = json.loads(json.dumps(document, default=str))
    return plain
