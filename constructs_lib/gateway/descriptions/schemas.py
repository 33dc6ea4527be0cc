"""JSON Schema as a Lambda target can say it."""

from collections.abc import Mapping


def service_schema(schema: Mapping[str, object], *, where: str) -> dict[str, object]:
    """The schema in the service's own words: type, properties, required, items and description."""
    raise NotImplementedError
