import json
from collections.abc import Mapping

import pytest

from constructs_lib.gateway.descriptions import SmithyDescription
from tests.constructs_lib.gateway.descriptions.support import SMITHY, needs_data, nodes

NS = "com.example#"
HTML = "<p>Forecasts the <code>weather</code>.</p><ul><li><p>Daily &amp; free</p></li></ul>"


def to(name: str, **traits: object) -> dict[str, object]:
    """A reference to a shape, with what is said about it."""
    said = {f"smithy.api#{trait}": value for trait, value in traits.items()}
    return {"target": name if "#" in name else NS + name, **({"traits": said} if said else {})}


def model(protocol: str = "restJson1", **service: object) -> dict[str, object]:
    shapes: dict[str, object] = {
        "Weather": {
            "type": "service",
            "version": "2026-01-01",
            "operations": [to("GetForecast"), to("Watch")],
            "resources": [to("City")],
            "errors": [to("Throttled")],
            "traits": {
                "aws.api#service": {"sdkId": "Weather", "arnNamespace": "weather"},
                "aws.auth#sigv4": {"name": "weather-signing"},
                f"aws.protocols#{protocol}": {},
                "smithy.api#documentation": "<p>The weather.</p>",
                "smithy.rules#endpointRuleSet": {"version": "1.0", "rules": []},
                "smithy.rules#endpointTests": {"testCases": []},
            },
            **service,
        },
        "City": {
            "type": "resource",
            "identifiers": {"id": to("smithy.api#String")},
            "read": to("GetCity"),
            "collectionOperations": [to("FindCities")],
        },
        "GetForecast": {
            "type": "operation",
            "input": to("GetForecastInput"),
            "output": to("GetForecastOutput"),
            "errors": [to("NoSuchCity")],
            "traits": {
                "smithy.api#documentation": HTML,
                "smithy.api#http": {"method": "GET", "uri": "/forecast/{city}"},
                "smithy.api#examples": [{"title": "One"}],
                "com.example#internal": {},
            },
        },
        "GetForecastInput": {
            "type": "structure",
            "members": {
                "city": to("CityId", required={}, httpLabel={}, documentation="<p>Which city.</p>"),
                "unit": to("Unit", httpQuery="unit"),
                "days": to("Days"),
                "from": to("smithy.api#Timestamp"),
                "where": to("Filter"),
                "tags": to("Tags"),
                "raw": to("smithy.api#Blob"),
            },
            "mixins": [to("Paged")],
        },
        "Paged": {"type": "structure", "members": {"token": to("smithy.api#String")},
                  "traits": {"smithy.api#mixin": {}}},
        "GetForecastOutput": {"type": "structure",
                              "members": {"days": to("DayList", documentation="<p>The days.</p>")}},
        "DayList": {"type": "list", "member": to("Day")},
        "Day": {"type": "structure", "members": {"warm": to("smithy.api#Boolean"), "degrees": to("smithy.api#Float")}},
        "CityId": {"type": "string", "traits": {"smithy.api#length": {"min": 3}, "smithy.api#pattern": "^[a-z]+$"}},
        "Unit": {
            "type": "enum",
            "members": {"METRIC": to("smithy.api#Unit", enumValue="metric"), "IMPERIAL": to("smithy.api#Unit")},
        },
        "Days": {"type": "integer", "traits": {"smithy.api#range": {"min": 1, "max": 14}, "smithy.api#default": 3}},
        "Filter": {"type": "union", "members": {"not": to("Filter"), "name": to("smithy.api#String")}},
        "Tags": {"type": "map", "key": to("smithy.api#String"), "value": to("smithy.api#String")},
        "NoSuchCity": {"type": "structure", "members": {"message": to("smithy.api#String")},
                       "traits": {"smithy.api#error": "client", "smithy.api#documentation": "<p>None.</p>"}},
        "Throttled": {"type": "structure", "members": {}, "traits": {"smithy.api#error": "client"}},
        "GetCity": {"type": "operation", "input": to("smithy.api#Unit"), "output": to("smithy.api#Unit"),
                    "traits": {"smithy.api#documentation": "Gets it.", "aws.iam#iamAction": {"name": "ReadCity"}}},
        "FindCities": {"type": "operation", "traits": {"smithy.api#documentation": "Finds."}},
        "Watch": {"type": "operation", "input": to("smithy.api#Unit"), "output": to("WatchOutput"),
                  "traits": {"smithy.api#documentation": "Watches."}},
        "WatchOutput": {"type": "structure", "members": {"events": to("Events")}},
        "Events": {"type": "union", "members": {"day": to("Day")}, "traits": {"smithy.api#streaming": {}}},
    }  # fmt: skip
    return {"smithy": "2.0", "metadata": {"suppressions": []}, "shapes": {NS + name: s for name, s in shapes.items()}}


def description(document: Mapping[str, object] | None = None) -> SmithyDescription:
    return SmithyDescription(document or model(), source="weather.json")


def test_cuts_an_operation_out_with_the_shapes_it_is_made_of() -> None:
    document = json.loads(description().pick("GetForecast").text)
    assert set(document) == {"smithy", "shapes"}
    assert [name.removeprefix(NS) for name in document["shapes"]] == [
        "CityId", "Day", "DayList", "Days", "Filter", "GetForecast", "GetForecastInput", "GetForecastOutput",
        "NoSuchCity", "Tags", "Throttled", "Unit", "Weather",
    ]  # fmt: skip
    service = document["shapes"][NS + "Weather"]
    assert service["operations"] == [{"target": NS + "GetForecast"}]
    assert "resources" not in service
    assert set(service["traits"]) == {
        "aws.api#service", "aws.auth#sigv4", "aws.protocols#restJson1", "smithy.api#documentation",
        "smithy.rules#endpointRuleSet",
    }  # fmt: skip


def test_writes_mixins_out() -> None:
    shapes = json.loads(description().pick("GetForecast").text)["shapes"]
    assert list(shapes[NS + "GetForecastInput"]["members"])[:2] == ["token", "city"]
    assert "mixins" not in shapes[NS + "GetForecastInput"]


def test_every_shape_referred_to_is_there() -> None:
    document = json.loads(description().pick("GetForecast", "GetCity").text)
    targets = {str(node["target"]) for node in nodes(document["shapes"]) if "target" in node}
    assert {name for name in targets if not name.startswith("smithy.api#")} <= document["shapes"].keys()


def test_drops_what_no_caller_needs() -> None:
    shapes = json.loads(description().pick("GetForecast").text)["shapes"]
    assert shapes[NS + "GetForecast"]["traits"] == {
        "smithy.api#documentation": "Forecasts the weather.\n- Daily & free",
        "smithy.api#http": {"method": "GET", "uri": "/forecast/{city}"},
    }
    assert shapes[NS + "GetForecastInput"]["members"]["city"]["traits"]["smithy.api#documentation"] == "Which city."
    assert "traits" not in shapes[NS + "GetForecastOutput"]["members"]["days"]
    assert shapes[NS + "NoSuchCity"]["traits"] == {"smithy.api#error": "client"}


def test_says_what_tool_it_becomes() -> None:
    (tool,) = description().pick("GetForecast").tools
    assert tool.name == "GetForecast"
    assert tool.description == "Forecasts the weather.\n- Daily & free"
    assert tool.input_schema == {
        "type": "object",
        "properties": {
            "token": {"type": "string"},
            "city": {"type": "string", "minLength": 3, "pattern": "^[a-z]+$", "description": "Which city."},
            "unit": {"type": "string", "enum": ["metric", "IMPERIAL"]},
            "days": {"type": "integer", "minimum": 1, "maximum": 14, "default": 3},
            "from": {"type": "string", "format": "date-time"},
            "where": {
                "type": "object",
                "properties": {
                    "not": {"type": "object", "description": "Another Filter, described as above."},
                    "name": {"type": "string"},
                },
                "minProperties": 1,
                "maxProperties": 1,
            },
            "tags": {"type": "object", "additionalProperties": {"type": "string"}},
            "raw": {"type": "string", "format": "byte"},
        },
        "required": ["city"],
    }
    day = {"type": "object", "properties": {"warm": {"type": "boolean"}, "degrees": {"type": "number"}}}
    days = {"type": "array", "items": day, "description": "The days."}
    assert tool.output_schema == {"type": "object", "properties": {"days": days}}


def test_says_which_actions_the_role_needs() -> None:
    picked = description().pick("GetForecast", "GetCity", "FindCities")
    assert picked.actions == ("weather:GetForecast", "weather:ReadCity", "weather:FindCities")
    assert picked.hosts == ()
    assert picked.tools[1].input_schema == {"type": "object"}


def test_lists_operations_of_resources_too() -> None:
    assert description().operations == ("GetForecast", "Watch", "FindCities", "GetCity")


def test_gives_the_same_text_and_leaves_the_model_alone() -> None:
    document = model()
    before = json.dumps(document)
    one = description(document)
    assert one.pick("GetForecast").text == one.pick(NS + "GetForecast").text == description().pick("GetForecast").text
    assert json.dumps(document) == before


def test_keeps_one_protocol() -> None:
    document = model("awsJson1_0")
    service = document["shapes"][NS + "Weather"]  # type: ignore[index]
    service["traits"] |= {"smithy.protocols#rpcv2Cbor": {}, "aws.protocols#awsQuery": {}}
    kept = json.loads(description(document).pick("GetForecast").text)["shapes"][NS + "Weather"]["traits"]
    assert [trait for trait in kept if "protocols#" in trait] == ["aws.protocols#awsJson1_0"]


@pytest.mark.parametrize("protocol", ["awsQuery", "ec2Query", "restXml"])
def test_fails_for_protocols_without_json(protocol: str) -> None:
    with pytest.raises(ValueError, match=rf"^weather.json: the service speaks {protocol}, the gateway restJson1"):
        description(model(protocol))


def test_fails_for_services_that_are_not_aws() -> None:
    document = model()
    del document["shapes"][NS + "Weather"]["traits"]["aws.auth#sigv4"]  # type: ignore[index]
    with pytest.raises(ValueError, match=r"not signed for with SigV4.*; describe other APIs with OpenAPI"):
        description(document)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"openapi": "3.0.0"}, r"a Smithy model has 'smithy': '2.0', got None"),
        ({"smithy": "2.0", "shapes": {}}, r"describes one service, got none"),
    ],
)
def test_fails_for_other_documents(document: Mapping[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        description(document)


@pytest.mark.parametrize(
    ("operations", "message"),
    [
        ([], r"no operation picked of 4"),
        (["GetForecasts"], r"there is no operation 'GetForecasts' among 4; did you mean 'GetForecast'\?"),
        (["GetCity", NS + "GetCity"], r"is picked twice"),
        (["Watch"], r"Watch: streams \(Events\)"),
    ],
)
def test_fails_for_operations_that_cannot_be_picked(operations: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=rf"^weather.json: .*{message}"):
        description().pick(*operations)


@pytest.mark.parametrize(
    ("shape", "change", "message"),
    [
        ("GetCity", {"traits": {}}, r"GetCity has no documentation"),
        ("GetCity", {"input": to("Gone")}, r"the shape com.example#Gone is referred to and not in the model"),
        (
            "GetCity",
            {"traits": {"aws.api#clientDiscoveredEndpoint": {"required": True}}},
            r"found by another call first",
        ),
    ],
)
def test_fails_for_operations_that_cannot_be_called(shape: str, change: Mapping[str, object], message: str) -> None:
    document = model()
    document["shapes"][NS + shape] |= change  # type: ignore[index]
    with pytest.raises(ValueError, match=message):
        description(document).pick(shape)


@needs_data
def test_picks_of_dynamodb() -> None:
    dynamodb = SmithyDescription.from_file(SMITHY / "dynamodb-2012-08-10.json")
    picked = dynamodb.pick("GetItem", "TransactWriteItems")
    assert picked.actions == (
        "dynamodb:GetItem", "dynamodb:ConditionCheckItem", "dynamodb:DeleteItem", "dynamodb:PutItem",
        "dynamodb:UpdateItem",
    )  # fmt: skip
    assert len(picked.text) < 80_000
    shapes = json.loads(picked.text)["shapes"]
    targets = {str(node["target"]) for node in nodes(shapes) if "target" in node}
    assert {name for name in targets if not name.startswith("smithy.api#")} <= shapes.keys()


@needs_data
@pytest.mark.parametrize("name", ["dynamodb-2012-08-10.json", "cost-explorer-2017-10-25.json"])
def test_every_operation_of_real_services_can_be_picked(name: str) -> None:
    service = SmithyDescription.from_file(SMITHY / name)
    assert len(service.operations) > 40
    assert [tool.name for tool in service.pick(*service.operations).tools] == list(service.operations)


@needs_data
def test_fails_for_cloudwatch_which_speaks_query() -> None:
    with pytest.raises(ValueError, match=r"cloudwatch-2010-08-01.json: the service speaks awsQuery"):
        SmithyDescription.from_file(SMITHY / "cloudwatch-2010-08-01.json")
