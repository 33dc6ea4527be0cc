import pytest

from constructs_lib.runtime._packaging.trimming import Trimming

BOTOCORE = (
    "botocore/data/endpoints.json",
    "botocore/data/partitions.json",
    "botocore/data/_retry.json",
    "botocore/data/sdk-default-configuration.json",
    "botocore/data/sts/2011-06-15/service-2.json.gz",
    "botocore/data/bedrock-runtime/2023-09-30/service-2.json.gz",
    "botocore/data/ec2/2016-11-15/service-2.json.gz",
    "boto3/data/ec2/2016-11-15/resources-1.json",
)


def test_only_declared_services_and_what_botocore_always_needs_stay() -> None:
    trimming = Trimming(True, ("bedrock-runtime",), ())
    assert [name for name in BOTOCORE if not trimming.keeps(name)] == list(BOTOCORE[-2:])


def test_without_a_declaration_every_service_stays() -> None:
    trimming = Trimming(True, None, ())
    assert all(trimming.keeps(name) for name in BOTOCORE)


@pytest.mark.parametrize(
    "name",
    ["certifi/tests/test_it.py", "attr/__init__.pyi", "botocore/data/ec2/2016-11-15/examples-1.json", "yaml/_yaml.pyx"],
)
def test_surplus_goes_with_the_switch_only(name: str) -> None:
    assert not Trimming(True, None, ()).keeps(name)
    assert Trimming(False, None, ()).keeps(name)


@pytest.mark.parametrize("name", ["x-1.0.dist-info/RECORD", "x-1.0.dist-info/entry_points.txt", "tests.py", "py.typed"])
def test_metadata_and_modules_stay(name: str) -> None:
    assert Trimming(True, (), ()).keeps(name)


@pytest.mark.parametrize("name", [".lock", "a/__pycache__/b.cpython-311.pyc", "x-1.0.dist-info/uv_cache.json"])
def test_files_of_the_installing_machine_never_stay(name: str) -> None:
    assert not Trimming(False, None, ()).keeps(name)


def test_excluded_paths_go_even_without_trimming() -> None:
    assert not Trimming(False, None, ("debugpy/*",)).keeps("debugpy/_vendored/x.so")


def test_fails_on_a_service_that_botocore_does_not_know() -> None:
    with pytest.raises(ValueError, match=r"'bedrock-runtimes', .*such as \['bedrock-runtime'\]"):
        Trimming(True, ("bedrock-runtimes",), ()).check_services(BOTOCORE)


def test_services_are_not_checked_against_a_lock_without_botocore() -> None:
    trimming = Trimming(True, ("anything",), ())
    trimming.check_services(["main.py"])
    assert not trimming.keeps("botocore/data/ec2/2016-11-15/service-2.json.gz")
