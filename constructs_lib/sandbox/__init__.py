"""Where agents run code and browse the web, apart from themselves."""

from typing import TYPE_CHECKING

from constructs_lib._lazy import lazy_exports

if TYPE_CHECKING:
    from constructs_lib.sandbox.code_sandbox import CodeSandbox as CodeSandbox
    from constructs_lib.sandbox.web_browser import WebBrowser as WebBrowser

__all__ = ["CodeSandbox", "WebBrowser"]

__getattr__, __dir__ = lazy_exports(
    __name__,
    {
        "CodeSandbox": "constructs_lib.sandbox.code_sandbox",
        "WebBrowser": "constructs_lib.sandbox.web_browser",
    },
)
