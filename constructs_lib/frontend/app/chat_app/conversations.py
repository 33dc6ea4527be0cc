"""A person's conversations with one agent, as the agent keeps them."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from .errors import ChatError
from .runtime_client import RuntimeClient
from .turn import Answer, ToolUse, Turn

MAX_NAME = 60
_LISTED = 20
_MAX_PAGES = 1_000


@dataclass(frozen=True)
class Listed:
    """A conversation in the list.

    Args:
        id: Its session id.
        name: What it is called.
        last_used_at: When something was last said in it: ISO 8601, UTC.
        found: What a search found in it; empty where its name matches, or nothing was searched.
    """

    id: str
    name: str
    last_used_at: str
    found: str = ""


@dataclass(frozen=True)
class Page:
    """A page of the list.

    Args:
        conversations: Last used first.
        next: Where the next page begins. None: this is the last.
    """

    conversations: tuple[Listed, ...] = ()
    next: str | None = None


@dataclass
class Exchange:
    """What a person said, and what came back."""

    prompt: str
    answer: Answer


@dataclass
class Conversation:
    """The conversation that is open.

    Args:
        id: Its session id.
        name: What it is called. None: nothing was said yet.
        exchanges: What was said.
        turn: The answer that is on its way.
        known: Whether the agent keeps it already.
    """

    id: str = field(default_factory=lambda: f"chat-{uuid.uuid4()}")
    name: str | None = None
    exchanges: list[Exchange] = field(default_factory=list)
    turn: Turn | None = None
    known: bool = False


class Conversations:
    """What an agent keeps of one person.

    Args:
        client: Calls agents.
        runtime_arn: The agent.
        token: The person's access token.
        session_id: The session whose process answers: that of the open conversation, which is needed next anyway.
    """

    def __init__(self, client: RuntimeClient, runtime_arn: str, token: str, session_id: str) -> None:
        self._client = client
        self._arn = runtime_arn
        self._token = token
        self._session_id = session_id

    def list(self, after: str | None = None) -> Page:
        """A page of the list.

        Args:
            after: `next` of the page before. None: the first page.
        """
        return _page(self._operate("list_conversations", limit=_LISTED, **({"next": after} if after else {})))

    def search(self, query: str) -> Page:
        """The newest conversations whose name or messages hold a text; `next` says that older ones were not searched.

        Args:
            query: What to look for.
        """
        return _page(self._operate("search_conversations", query=query, limit=_LISTED))

    def open(self, conversation_id: str) -> Conversation:
        """A conversation with what was said in it.

        Args:
            conversation_id: Its session id.
        """
        answer = self._operate("get_conversation", conversation=conversation_id)
        about = answer.get("conversation")
        name = about.get("name") if isinstance(about, Mapping) else None
        exchanges = _exchanges(_mappings(answer.get("messages")))
        return Conversation(conversation_id, _name(name), exchanges, known=True)

    def rename(self, conversation_id: str, name: str) -> str:
        """Name a conversation; returns the name as it is kept.

        Args:
            conversation_id: Its session id.
            name: At most 60 characters.
        """
        about = self._operate("rename_conversation", conversation=conversation_id, name=name).get("conversation")
        return str(about.get("name", name)) if isinstance(about, Mapping) else name

    def delete(self, conversation_id: str) -> None:
        """Delete a conversation, and end its process, which knows what was said.

        Args:
            conversation_id: Its session id.
        """
        # First, because an answer that is on its way would be kept afterwards.
        self._client.stop_session(self._arn, self._token, conversation_id)
        self._operate("delete_conversation", conversation=conversation_id)

    def export(self) -> dict[str, object]:
        """Everything that the agent keeps of the person."""
        conversations: list[object] = []
        records: object = []
        for answer in self._export_pages():
            conversations += _mappings(answer.get("conversations"))
            records = answer.get("records", records)
        return {"conversations": conversations, "long_term_memory": records}

    def delete_everything(self) -> int:
        """Delete everything that the agent keeps of the person; returns how many conversations there were."""
        deleted = 0
        for _ in range(_MAX_PAGES):
            answer = self._operate("delete_my_data", confirm=True)
            ended = answer.get("conversations")
            for session_id in ended if isinstance(ended, Sequence) and not isinstance(ended, str) else ():
                deleted += 1
                self._client.stop_session(self._arn, self._token, str(session_id))
            if answer.get("complete") is not False:
                break
        return deleted

    def tasks(self) -> tuple["Task", ...]:
        """What the agent offers to be asked; nothing where it has no tasks."""
        try:
            listed = _mappings(self._operate("list_tasks").get("tasks"))
        except ChatError:
            # An agent of another maker knows no operations.
            return ()
        return tuple(
            Task(
                str(each.get("title")),
                str(each.get("description", "")),
                str(each.get("prompt")),
                str(each.get("category", "")),
            )
            for each in listed
            if each.get("title") and each.get("prompt")
        )

    def _export_pages(self) -> Iterator[Mapping[str, object]]:
        token: object = None
        for _ in range(_MAX_PAGES):
            answer = self._operate("export_my_data", **({"next": token} if token else {}))
            yield answer
            token = answer.get("next")
            if not token:
                return

    def _operate(self, operation: str, **arguments: object) -> Mapping[str, object]:
        return self._client.operate(self._arn, self._token, self._session_id, operation, **arguments)


@dataclass(frozen=True)
class Task:
    """Something an agent is often asked.

    Args:
        title: What a person chooses by.
        description: What comes of it.
        prompt: What is said; `{…}` marks what the person fills in.
        category: Heading under which it is shown.
    """

    title: str
    description: str
    prompt: str
    category: str


def _page(answer: Mapping[str, object]) -> Page:
    listed = tuple(
        Listed(
            str(each.get("id")),
            _name(each.get("name")) or f"Conversation of {str(each.get('created_at', ''))[:10]}",
            str(each.get("last_used_at", "")),
            str(each.get("found") or ""),
        )
        for each in _mappings(answer.get("conversations"))
    )
    token = answer.get("next")
    return Page(listed, token if isinstance(token, str) else None)


def _exchanges(messages: Sequence[Mapping[str, object]]) -> list[Exchange]:
    exchanges: list[Exchange] = []
    for message in messages:
        text, tools = str(message.get("text", "")), message.get("tools")
        if message.get("role") == "user":
            exchanges.append(Exchange(text, Answer()))
        elif exchanges:
            answer = exchanges[-1].answer
            answer.text = "\n\n".join(filter(None, (answer.text, text)))
            names = tools if isinstance(tools, list) else []
            answer.tools += [ToolUse(str(name), finished=True) for name in names]
    return exchanges


def _name(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _mappings(value: object) -> list[Mapping[str, object]]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []
