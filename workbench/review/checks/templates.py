"""Templates to check: files, or every stack of a cloud assembly, with what was acknowledged in it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from constructs_lib.safety.rules import PACK, Acknowledgement, in_metadata
from workbench.errors import WorkbenchError

_STACK, _NESTED = "aws:cloudformation:stack", "cdk:cloud-assembly"
_ASSETS = "cdk:asset-manifest"
_SUFFIX, _NESTED_SUFFIX = ".template.json", ".nested.template.json"

Acknowledgements = Mapping[str, Sequence[Acknowledgement]]


@dataclass(frozen=True)
class CheckedTemplate:
    """One template.

    Args:
        name: Its name in findings: the construct path of its stack, or the file as it was given.
        file: The file.
        document: The template as JSON.
        acknowledgements: What was acknowledged next to the template, by logical id.
    """

    name: str
    file: Path
    document: Mapping[str, object]
    acknowledgements: Acknowledgements


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
            known = _both(_metadata(directory, artifact), reported.get(file.resolve(), {}))
            name = str(artifact.get("displayName", id_)).partition(" ")[0]
            yield CheckedTemplate(name, file, _template(file), known)
            yield from _nested(directory, name, artifact, artifacts, known)


def _nested(
    directory: Path,
    stack: str,
    artifact: Mapping[str, object],
    artifacts: Mapping[str, object],
    known: Acknowledgements,
) -> Iterator[CheckedTemplate]:
    """Templates of nested stacks: they are file assets of the stack that holds them."""
    depends = artifact.get("dependencies")
    for each in (artifacts.get(str(id_)) for id_ in (depends if isinstance(depends, list) else [])):
        if isinstance(each, dict) and each.get("type") == _ASSETS:
            manifest = _json(directory / str(each.get("properties", {}).get("file")))
            files = manifest.get("files")
            for asset in files.values() if isinstance(files, dict) else ():
                path = str(asset.get("source", {}).get("path"))
                if path.endswith(_NESTED_SUFFIX):
                    name = f"{stack}/{path.removesuffix(_NESTED_SUFFIX)}"
                    yield CheckedTemplate(name, directory / path, _template(directory / path), known)


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
