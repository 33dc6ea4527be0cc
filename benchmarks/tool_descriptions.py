"""Tool descriptions: cutting operations out of GitHub's OpenAPI description and DynamoDB's Smithy model."""

import gzip
import statistics

from benchmarks.apps import ROOT
from benchmarks.table import Row
from benchmarks.timing import seconds
from constructs_lib.gateway.descriptions import OpenApiDescription, SmithyDescription

DATA = ROOT.parent / "shared/data"
GITHUB = DATA / "openapi/api.github.com.json.gz"
DYNAMODB = DATA / "smithy/dynamodb-2012-08-10.json"
ISSUES = (
    "issues/list-for-repo", "issues/get", "issues/create", "issues/update", "issues/create-comment", "pulls/list",
    "pulls/get", "pulls/create", "repos/get-content", "search/issues-and-pull-requests",
)  # fmt: skip
ITEMS = ("GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query")
RUNS = 7


def measure() -> list[Row]:
    """No row where the large descriptions are not beside the repository."""
    return [*openapi(), *smithy()] if GITHUB.is_file() and DYNAMODB.is_file() else []


def openapi() -> list[Row]:
    whole = statistics.median(seconds(lambda: _github().pick(*ISSUES, narrow=True)) for _ in range(RUNS))
    github = _github()
    again = statistics.median(seconds(lambda: github.pick(*ISSUES, narrow=True)) for _ in range(RUNS))
    size = len(github.pick(*ISSUES, narrow=True).text)
    before = len(gzip.decompress(GITHUB.read_bytes()))
    how = f"{len(ISSUES)} of {len(github.operations)} operations, unzipped and parsed"
    return [
        Row("pick over GitHub's description", whole, "s", 2, how),
        Row("the same, picked again", again * 1000, "ms", how="the description is parsed already"),
        Row("the picked description", size / 1000, "kB", how=f"{before / 1000:,.0f} kB before"),
    ]


def smithy() -> list[Row]:
    whole = statistics.median(seconds(lambda: _dynamodb().pick(*ITEMS)) for _ in range(RUNS))
    return [Row("pick over DynamoDB's model", whole * 1000, "ms", how=f"{len(ITEMS)} operations, 1.1 MB parsed")]


def _github() -> OpenApiDescription:
    return OpenApiDescription.from_file(GITHUB)


def _dynamodb() -> SmithyDescription:
    return SmithyDescription.from_file(DYNAMODB)
