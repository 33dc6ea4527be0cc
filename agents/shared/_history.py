"""Histories that every model accepts."""

from strands.types.content import Message

UNANSWERED = "[This message was not answered: the turn failed or was cut off.]"


def speakable(messages: list[Message]) -> list[Message]:
    """A history that begins with the user and in which user and assistant alternate.

    A turn that failed leaves a user's message without an answer. Bedrock refuses two in a row, so a note stands where
    the answer is missing; the user's message stays.

    Args:
        messages: A history, perhaps with gaps.
    """
    starts = (index for index, message in enumerate(messages) if _opens(message))
    spoken: list[Message] = []
    for message in messages[next(starts, len(messages)) :]:
        if spoken and spoken[-1]["role"] == message["role"] == "user":
            spoken.append(_note())
        spoken.append(message)
    if spoken and spoken[-1]["role"] == "user":
        spoken.append(_note())
    return spoken


def _opens(message: Message) -> bool:
    return message["role"] == "user" and not any("toolResult" in block for block in message["content"])


def _note() -> Message:
    return {"role": "assistant", "content": [{"text": UNANSWERED}]}
