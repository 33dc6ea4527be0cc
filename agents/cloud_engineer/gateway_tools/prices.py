"""Tools over AWS's price list: what a service costs on demand.

https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/price-changes.html
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypedDict

import boto3

from .answers import CLIENT_CONFIG, Answer, LambdaContext, RefusalError, answer, tool_of

REGION = "us-east-1"
"""The price list has an endpoint in a few Regions only, and prices of all."""
MOST = 20
"""Prices of one answer."""
MAX_FILTERS = 8


class _Product(TypedDict, total=False):
    attributes: dict[str, str]


class _Tier(TypedDict, total=False):
    pricePerUnit: dict[str, str]
    unit: str
    description: str


class _Offer(TypedDict, total=False):
    priceDimensions: dict[str, _Tier]


class _Terms(TypedDict, total=False):
    OnDemand: dict[str, _Offer]


class _Listed(TypedDict, total=False):
    """A product of the price list, as far as it is read.

    https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/reading-service-price-list-file-for-services.html
    """

    product: _Product
    terms: _Terms


def get_prices(service_code: str, region: str, attributes: dict[str, str] | None = None) -> Answer:
    """Look up on-demand prices in AWS's price list.

    Args:
        service_code: The service, such as "AmazonEC2", "AmazonS3", "AmazonRDS", "AWSLambda" or "AmazonDynamoDB".
        region: The Region, such as "eu-west-1".
        attributes: What the product has to be, such as {"instanceType": "t3.micro", "operatingSystem": "Linux"}.
    """
    wanted = {"regionCode": region, **(attributes or {})}
    if len(wanted) > MAX_FILTERS:
        raise RefusalError("too_many_attributes", f"At most {MAX_FILTERS - 1} attributes are taken.", "Leave some out.")
    filters = [{"Type": "TERM_MATCH", "Field": name, "Value": value} for name, value in wanted.items()]
    answer = _client().get_products(ServiceCode=service_code, Filters=filters, MaxResults=MOST)
    prices = [price for product in answer["PriceList"] for price in _prices(json.loads(product))]
    return {"prices": prices[:MOST], "more": "NextToken" in answer or len(prices) > MOST, "currency": "USD"}


def list_price_attributes(service_code: str, attribute: str = "") -> Answer:
    """List the attributes by which prices of a service can be looked up, or the values of one of them.

    Args:
        service_code: The service, such as "AmazonEC2".
        attribute: The attribute whose values are wanted; empty for the names of all.
    """
    if not attribute:
        (service,) = _client().describe_services(ServiceCode=service_code)["Services"]
        return {"attributes": sorted(service["AttributeNames"])}
    answer = _client().get_attribute_values(ServiceCode=service_code, AttributeName=attribute, MaxResults=100)
    return {"values": [each["Value"] for each in answer["AttributeValues"]], "more": "NextToken" in answer}


TOOLS: dict[str, Callable[..., Answer]] = {"get_prices": get_prices, "list_price_attributes": list_price_attributes}


def handler(event: Mapping[str, object], context: LambdaContext) -> Answer:
    """Run the tool that the gateway names."""
    tool = TOOLS[tool_of(context)]
    return answer(lambda: tool(**event), remedy="Check the service code with list_price_attributes.")


def _client() -> Any:
    return boto3.client("pricing", region_name=REGION, config=CLIENT_CONFIG)


def _prices(product: _Listed) -> Iterator[Answer]:
    kept = ("instanceType", "operatingSystem", "group", "groupDescription", "usagetype", "volumeType", "databaseEngine")
    attributes = product.get("product", {}).get("attributes", {})
    said = {name: attributes[name] for name in kept if name in attributes}
    for offer in product.get("terms", {}).get("OnDemand", {}).values():
        for tier in offer.get("priceDimensions", {}).values():
            yield {
                **said,
                "price": tier.get("pricePerUnit", {}).get("USD", ""),
                "unit": tier.get("unit", ""),
                "description": tier.get("description", ""),
            }
