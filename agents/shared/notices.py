"""What a person is told of a turn that went on without something."""


class Notice(str):
    """A sentence for the person who reads the answer, with a code for programs and what can be done.

    Text, so that a list of notices is what it says; the code and the remedy travel in the stream's events.

    Args:
        message: What happened, as a sentence.
        code: What happened, as a stable `snake_case` word a program can compare.
        remedy: What the person or the operator can do about it.
    """

    code: str
    remedy: str

    def __new__(cls, message: str, *, code: str, remedy: str) -> "Notice":
        """Make the sentence."""
        notice = super().__new__(cls, message)
        notice.code, notice.remedy = code, remedy
        return notice

    def event(self) -> dict[str, object]:
        """The notice in a streamed answer: `{"type": "notice", "code", "message", "remedy"}`."""
        return {"type": "notice", "code": self.code, "message": str(self), "remedy": self.remedy}
