import pytest

from constructs_lib._place import Place
from constructs_lib.safety import GuardrailProfile
from constructs_lib.safety.guardrail_profile import ROUTES

FACTORIES = ("us", "us_gov", "eu", "uk", "au", "ca", "apac")


def regions(profile: GuardrailProfile, source: str) -> set[str]:
    arns = profile.destination_arns(Place(source, "123456789012", "aws"))
    assert all(arn.endswith(f":123456789012:guardrail-profile/{profile.profile_id}") for arn in arns)
    return {arn.split(":")[3] for arn in arns}


def test_there_is_a_factory_for_each_profile() -> None:
    assert {getattr(GuardrailProfile, name)().profile_id for name in FACTORIES} == set(ROUTES)


@pytest.mark.parametrize("profile", ROUTES)
def test_checks_may_stay_where_they_are_made_and_are_listed_once(profile: str) -> None:
    for source, destinations in ROUTES[profile].items():
        assert source in destinations
        assert len(set(destinations)) == len(destinations)


@pytest.mark.parametrize(
    ("profile", "source", "count"),
    [
        (GuardrailProfile.us(), "us-east-1", 3),
        (GuardrailProfile.us(), "us-west-1", 4),
        (GuardrailProfile.eu(), "eu-west-1", 6),
        (GuardrailProfile.eu(), "il-central-1", 7),
        (GuardrailProfile.uk(), "eu-west-2", 1),
        (GuardrailProfile.ca(), "ca-central-1", 2),
        (GuardrailProfile.apac(), "ap-northeast-1", 6),
        (GuardrailProfile.apac(), "ap-southeast-4", 8),
        (GuardrailProfile.apac(), "ap-southeast-3", 9),
        (GuardrailProfile.apac(), "me-central-1", 10),
    ],
)
def test_checks_run_where_aws_says(profile: GuardrailProfile, source: str, count: int) -> None:
    assert len(regions(profile, source)) == count


def test_the_arn_is_that_of_the_guardrails_region() -> None:
    place = Place("us-east-1", "123456789012", "aws")
    assert GuardrailProfile.us().arn(place) == (
        "arn:aws:bedrock:us-east-1:123456789012:guardrail-profile/us.guardrail.v1:0"
    )


def test_a_profile_of_tomorrow_is_named_with_its_regions() -> None:
    profile = GuardrailProfile.of("sa.guardrail.v1:0", destination_regions=["sa-east-1", "sa-west-1", "sa-east-1"])
    assert regions(profile, "sa-east-1") == {"sa-east-1", "sa-west-1"}


def test_fails_for_what_is_no_profile() -> None:
    with pytest.raises(ValueError, match=r"a guardrail profile's id has the form us\.guardrail\.v1:0, got 'us'"):
        GuardrailProfile.of("us", destination_regions=["us-east-1"])


@pytest.mark.parametrize("destinations", [[], "us-east-1"])
def test_fails_without_regions(destinations: list[str]) -> None:
    with pytest.raises(ValueError, match="lists at least one Region"):
        GuardrailProfile.of("us.guardrail.v1:0", destination_regions=destinations)
