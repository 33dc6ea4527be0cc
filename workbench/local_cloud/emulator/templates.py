"""Refuses templates CloudFormation refuses: the emulator resolves a reference to nothing as text."""

from collections.abc import Callable, Iterator, Mapping

from ministack.services.cloudformation import changesets, engine, handlers

Validate = Callable[..., None]


def install() -> None:
    """Check references wherever the emulator checks a template."""
    for module in (changesets, handlers):
        module.validate_template_support = _also_checking_references(module.validate_template_support)


def _also_checking_references(validate: Validate) -> Validate:
    def checked(template: Mapping[str, object], *arguments: object, **named: object) -> None:
        validate(template, *arguments, **named)
        for section in ("Resources", "Outputs"):
            missing = sorted(set(_unresolved(template, section)))
            if missing:
                raise ValueError(
                    f"Template format error: Unresolved resource dependencies [{', '.join(missing)}] "
                    f"in the {section} block of the template"
                )

    return checked


def _unresolved(template: Mapping[str, object], section: str) -> Iterator[str]:
    known = {*_keys(template.get("Resources")), *_keys(template.get("Parameters"))}
    for name, _ in engine._intrinsic_references(template.get(section)):
        if name not in known and not name.startswith("AWS::"):
            yield str(name)


def _keys(section: object) -> Iterator[str]:
    yield from section if isinstance(section, Mapping) else ()
