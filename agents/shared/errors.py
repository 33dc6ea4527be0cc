"""The one shape in which an agent reports that it could not answer."""


class AgentError(Exception):
    """A request the agent refuses or cannot finish, told to the caller in a fixed shape.

    Args:
        code: What went wrong, as a stable `snake_case` word a program can compare.
        message: What went wrong and the value received, for a person.
        remedy: What the caller or the operator can do about it.
        status: The HTTP status that says the same. It stands in the body because AgentCore Runtime hides the body of
            an answer that has this status itself.
    """

    def __init__(self, code: str, message: str, remedy: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.remedy = remedy
        self.status = status

    def body(self) -> dict[str, object]:
        """The answer's JSON: `{"error": {"code", "status", "message", "remedy"}}`."""
        return {"error": {"code": self.code, "status": self.status, "message": self.message, "remedy": self.remedy}}
