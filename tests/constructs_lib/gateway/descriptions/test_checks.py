import pytest

from constructs_lib.gateway.descriptions import ToolDescription, check_tools

NOTHING: dict[str, object] = {"type": "object"}


def tool(name: str = "find", description: str = "Finds.", **schema: object) -> ToolDescription:
    return ToolDescription(name, description, {**NOTHING, **schema})


def test_takes_what_service_and_models_take() -> None:
    tools = [tool("a" * 64), tool("find-order_2", properties={"order.id": {"type": "string"}}, required=["order.id"])]
    check_tools(tools, source="tools.json")


def test_fails_without_tools() -> None:
    with pytest.raises(ValueError, match=r"^tools.json: a target offers at least one tool, got none"):
        check_tools([], source="tools.json")


def test_fails_over_the_quota() -> None:
    check_tools([tool(f"t{number}") for number in range(1000)], source="tools.json")
    with pytest.raises(ValueError, match=r"at most 1,000 tools, got 1,001; make several targets"):
        check_tools([tool(f"t{number}") for number in range(1001)], source="tools.json")


def test_fails_for_two_tools_of_one_name() -> None:
    with pytest.raises(ValueError, match=r"two tools are called 'find'; rename one"):
        check_tools([tool("find"), tool("other"), tool("find")], source="tools.json")


@pytest.mark.parametrize("name", ["", "find order", "issues/create", "größe"])
def test_fails_for_names_that_models_refuse(name: str) -> None:
    with pytest.raises(ValueError, match=f"letters, digits, '_' and '-' only, got '{name}'"):
        check_tools([tool(name)], source="tools.json")


def test_fails_for_a_name_that_reads_like_a_target() -> None:
    with pytest.raises(ValueError, match=r"contains '___'"):
        check_tools([tool("orders___find")], source="tools.json")


def test_counts_the_targets_name() -> None:
    check_tools([tool("a" * 55)], source="tools.json", target="orders")
    with pytest.raises(ValueError, match=r"'orders___a+' has 65 characters, models take tool names of up to 64"):
        check_tools([tool("a" * 56)], source="tools.json", target="orders")


@pytest.mark.parametrize("description", ["", " \n"])
def test_fails_without_description(description: str) -> None:
    with pytest.raises(ValueError, match=r"tool 'find' has no description; write what it does"):
        check_tools([tool(description=description)], source="tools.json")


def test_fails_for_arguments_that_are_no_object() -> None:
    with pytest.raises(ValueError, match=r"arguments are an object, got type 'array'"):
        check_tools([ToolDescription("find", "Finds.", {"type": "array"})], source="tools.json")


@pytest.mark.parametrize("name", ["$filter", "a" * 65, ""])
def test_fails_for_arguments_that_models_refuse(name: str) -> None:
    with pytest.raises(ValueError, match=r"an argument's name has up to 64 letters"):
        check_tools([tool(properties={name: {"type": "string"}})], source="tools.json")


def test_fails_for_a_required_argument_that_is_not_described() -> None:
    with pytest.raises(ValueError, match=r"'order' is required and not among the properties"):
        check_tools([tool(properties={"id": {"type": "string"}}, required=["order"])], source="tools.json")
