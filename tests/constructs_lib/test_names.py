import re

import pytest

from constructs_lib._names import physical_name


@pytest.mark.parametrize("path", ["Dev/Agents/Assistant", "1-stack/Ä", "x" * 200, "a-b", "a_b", "///"])
@pytest.mark.parametrize("salt", ["", "key"])
def test_is_a_name_of_the_service(path: str, salt: str) -> None:
    assert re.fullmatch(r"[a-zA-Z][a-zA-Z0-9_]{0,47}", physical_name(path, max_length=48, salt=salt))


def test_says_where_the_construct_is() -> None:
    assert physical_name("Dev/Agents/Assistant", max_length=48) == "Dev_Agents_Assistant"


def test_keeps_apart_what_is_spelled_alike() -> None:
    paths = ["a-b/c", "a_b/c", "a/b-c", "a/b/c", "x" * 100 + "1", "x" * 100 + "2"]
    assert len({physical_name(path, max_length=48) for path in paths}) == len(paths)


def test_changes_with_the_salt_and_with_nothing_else() -> None:
    name = physical_name("Dev/Memory", max_length=48, salt="one")
    assert name == physical_name("Dev/Memory", max_length=48, salt="one")
    assert name != physical_name("Dev/Memory", max_length=48, salt="two")
