"""Amazon DynamoDB, Amazon S3 and Amazon ECR."""

from collections.abc import Iterator

from workbench.cost.formulas import KB_PER_GB, number, product
from workbench.cost.lines import CostLine
from workbench.cost.prices import PriceList
from workbench.cost.resources import Resources
from workbench.cost.usage import Usage

_TABLES = ("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable", "AWS::DynamoDB::TableV2")
_BUCKET, _IMAGES = "AWS::S3::Bucket", "AWS::ECR::Repository"
TYPES = frozenset({*_TABLES, _BUCKET, _IMAGES})
TABLES, STORAGE = "DynamoDB", "Storage"

_BYTES_PER_GB = 1_000_000_000
_RECOVERY = "PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled"


def estimate(resources: Resources, usage: Usage, prices: PriceList) -> Iterator[CostLine]:
    """Tables on demand, buckets, images, and the files published with the stacks."""
    yield from _tables(resources, usage, prices)
    if buckets := len(resources.of(_BUCKET)):
        size = buckets * usage.operations.bucket_gb
        formula = product((buckets, "buckets"), (usage.operations.bucket_gb, "GB"))
        yield CostLine(STORAGE, "buckets", size, prices.price("bucket-storage"), formula)
    if images := len(resources.of(_IMAGES)):
        size = images * usage.operations.image_gb
        formula = product((images, "repositories"), (usage.operations.image_gb, "GB"))
        yield CostLine(STORAGE, "container images", size, prices.price("image-storage"), formula)
    if resources.asset_bytes:
        size = resources.asset_bytes / _BYTES_PER_GB
        yield CostLine(STORAGE, "agents' code and assets", size, prices.price("bucket-storage"), f"{number(size)} GB")


def _tables(resources: Resources, usage: Usage, prices: PriceList) -> Iterator[CostLine]:
    tables = resources.of(*_TABLES)
    on_demand = [each for each in tables if each.text("BillingMode", "PROVISIONED") == "PAY_PER_REQUEST"]
    for table in tables:
        if table not in on_demand:
            yield CostLine(TABLES, f"capacity of {table.id}", 1, prices.price("table-provisioned"), "1 table")
    if not on_demand:
        return
    plan, sessions = usage.operations, usage.sessions
    writes = sessions * plan.table_writes_per_session
    formula = product((sessions, "sessions"), (plan.table_writes_per_session, "writes"))
    yield CostLine(TABLES, "writes", writes, prices.price("table-writes"), formula)
    reads = usage.turns * plan.table_reads_per_turn
    formula = product((usage.turns, "turns"), (plan.table_reads_per_turn, "reads"))
    yield CostLine(TABLES, "reads", reads, prices.price("table-reads"), formula)
    size = sessions * plan.item_kb / KB_PER_GB
    formula = product((sessions, "items a month"), (plan.item_kb, "KB"))
    yield CostLine(TABLES, "storage", size, prices.price("table-storage"), formula)
    if any(each.flag(_RECOVERY) for each in on_demand):
        yield CostLine(TABLES, "point-in-time recovery", size, prices.price("table-recovery"), formula)
