"""Metrics are found by their exact dimensions, from every process that writes them."""

import subprocess
import sys
from pathlib import Path

import pytest

from workbench.telemetry.store import Datum, MetricId, MetricStore

NAMESPACE = "AWS/Bedrock-AgentCore"


def _datum(value: float, time: float, *, name: str = "Latency", **dimensions: str) -> Datum:
    return Datum(NAMESPACE, name, dimensions, value, "Milliseconds", time)


@pytest.fixture
def store(tmp_path: Path) -> MetricStore:
    return MetricStore(tmp_path / "cloud" / "metrics.sqlite")


def test_values_come_oldest_first_and_end_before_the_end(store: MetricStore) -> None:
    store.record([_datum(3, 30.0, Name="a"), _datum(1, 10.0, Name="a"), _datum(2, 20.0, Name="a")])

    assert store.values(NAMESPACE, "Latency", {"Name": "a"}, start=10.0, end=30.0) == [(10.0, 1.0), (20.0, 2.0)]


def test_other_dimensions_are_another_metric(store: MetricStore) -> None:
    store.record([_datum(1, 1.0, Name="a", Operation="Invoke"), _datum(2, 1.0, Name="a"), _datum(4, 1.0)])

    def found(**dimensions: str) -> list[tuple[float, float]]:
        return store.values(NAMESPACE, "Latency", dimensions, start=0.0, end=2.0)

    assert found(Operation="Invoke", Name="a") == [(1.0, 1.0)]
    assert found(Name="a") == [(1.0, 2.0)]
    assert found() == [(1.0, 4.0)]
    assert found(Operation="Invoke") == []


def test_metrics_are_listed_once_each(store: MetricStore) -> None:
    store.record([_datum(1, 1.0, Name="a"), _datum(2, 2.0, Name="a"), _datum(3, 1.0, name="Errors", Name="b")])
    store.record([Datum("Other", "Latency", {}, 1, "Count", 1.0)])

    assert store.metrics(NAMESPACE) == [
        MetricId(NAMESPACE, "Errors", {"Name": "b"}),
        MetricId(NAMESPACE, "Latency", {"Name": "a"}),
    ]
    assert store.metrics(name="Latency") == [
        MetricId(NAMESPACE, "Latency", {"Name": "a"}),
        MetricId("Other", "Latency", {}),
    ]


def test_several_processes_write_at_once(tmp_path: Path) -> None:
    path = tmp_path / "metrics.sqlite"
    writer = (
        "import sys; from pathlib import Path; from workbench.telemetry.store import Datum, MetricStore\n"
        "store = MetricStore(Path(sys.argv[1]))\n"
        "for time in range(50): store.record([Datum('N', 'Count', {}, 1, 'Count', time)])\n"
    )
    children = [subprocess.Popen([sys.executable, "-c", writer, str(path)]) for _ in range(3)]

    assert [child.wait(timeout=60) for child in children] == [0, 0, 0]
    assert len(MetricStore(path).values("N", "Count", {}, start=0.0, end=50.0)) == 150
