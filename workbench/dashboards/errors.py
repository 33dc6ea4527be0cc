"""The error for what a template asks of CloudWatch and the workbench cannot evaluate."""

from workbench.errors import WorkbenchError


class QueryError(WorkbenchError):
    """A metric, expression, search, query or rule cannot be evaluated; says why and quotes it."""
