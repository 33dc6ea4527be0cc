"""The chat front end: what people see of agents."""

from typing import TYPE_CHECKING

from constructs_lib._lazy import lazy_exports

if TYPE_CHECKING:
    from constructs_lib.frontend.chat_agent import ChatAgent as ChatAgent
    from constructs_lib.frontend.chat_frontend import ChatFrontend as ChatFrontend
    from constructs_lib.frontend.chat_image import ChatImage as ChatImage
    from constructs_lib.frontend.frontend_domain import FrontendDomain as FrontendDomain
    from constructs_lib.frontend.frontend_edge import FrontendEdge as FrontendEdge

__all__ = ["ChatAgent", "ChatFrontend", "ChatImage", "FrontendDomain", "FrontendEdge"]

__getattr__, __dir__ = lazy_exports(
    __name__,
    {
        "ChatAgent": "constructs_lib.frontend.chat_agent",
        "ChatFrontend": "constructs_lib.frontend.chat_frontend",
        "ChatImage": "constructs_lib.frontend.chat_image",
        "FrontendDomain": "constructs_lib.frontend.frontend_domain",
        "FrontendEdge": "constructs_lib.frontend.frontend_edge",
    },
)
