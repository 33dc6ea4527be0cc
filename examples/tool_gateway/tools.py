"""Where the gateway's tools come from: one source of each kind."""

from shop import HERE, Shop  # type: ignore[import-not-found]  # the file beside this one

from constructs_lib import (
    ApiOperation,
    CallerIdentity,
    OpenApiDescription,
    OutboundAuth,
    SmithyDescription,
    ToolSource,
    tools_from_handler,
    tools_from_json,
)


def tool_sources(shop: Shop) -> list[ToolSource]:
    # --8<-- [start:descriptions]
    descriptions = HERE / "descriptions"
    orders = tools_from_handler(HERE / "orders" / "index.py", "get_order", "refund_order")
    forecast = OpenApiDescription.from_file(descriptions / "weather.openapi.json").pick("get_forecast")
    stock = SmithyDescription.from_file(descriptions / "dynamodb.smithy.json").pick("GetItem")
    issues = tools_from_json(descriptions / "github.tools.json")
    track = ApiOperation("GET", "/deliveries/{number}", "track", "Say where an order is.")
    explain = tools_from_handler(HERE / "agent" / "main.py", "explain")
    # --8<-- [end:descriptions]
    # --8<-- [start:sources]
    return [
        ToolSource.lambda_function(shop.orders, name="orders", tools=orders, request_headers=[CallerIdentity.HEADER]),
        ToolSource.openapi(forecast, name="weather", outbound=OutboundAuth.api_key(shop.weather_key)),
        ToolSource.smithy(stock, name="stock", resources=[shop.stock.table_arn]),
        ToolSource.github_mcp_server(outbound=OutboundAuth.api_key(shop.github_token), tools=issues),
        ToolSource.api_gateway(shop.deliveries, name="deliveries", operations=[track]),
        ToolSource.agent(shop.analyst, name="analyst", tools=explain),
    ]
    # --8<-- [end:sources]
