"""A method of the shop's REST API: where an order is."""

import json
from typing import Any


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    number = event["pathParameters"]["number"]
    return {
        "statusCode": 200,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps({"number": number, "state": "out for delivery"}),
    }
