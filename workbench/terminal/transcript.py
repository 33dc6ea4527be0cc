"""Shows conversations; every answer carries the label of what answered as the model."""

from rich.console import Console
from rich.text import Text

from workbench.conversations.answers import Answer, AnswerEvent, Notice, TextPart, ToolUse
from workbench.conversations.runner import HeldTurn
from workbench.conversations.script import Before, Conversation

_BEFORE = {
    Before.STOP_SESSION: "the session's process was ended",
    Before.EXTRACTION: "after waiting for long-term memory to learn from what was said",
}


class Transcript:
    """Prints what was said.

    Args:
        console: Where to.
        agent: Name of the agent.
        model: Label of what answers as the model.
    """

    def __init__(self, console: Console, agent: str, model: str) -> None:
        self._console = console
        self._speaking = False
        self._speaker = Text.assemble((agent, "bold cyan"), (f" [{model}]", "dim"), ": ")

    def heading(self, conversation: Conversation) -> None:
        """Begin a conversation."""
        self._console.print()
        self._console.print(Text.assemble((conversation.name, "bold underline"), ("  " + conversation.why, "dim")))

    def held(self, turn: HeldTurn) -> None:
        """Show a turn that was held, and what failed."""
        if turn.turn.before in _BEFORE:
            self._console.print(Text(f"  ({_BEFORE[turn.turn.before]})", style="dim italic"))
        self.prompt(turn.turn.actor, turn.turn.prompt, turn.turn.session)
        if turn.answer is not None:
            self.answer(turn.answer)
        for failure in turn.failures:
            self._console.print(Text(f"  ✗ {failure}", style="bold red"))
        if not turn.failures and turn.turn.checked:
            self._console.print(Text("  ✓ as expected", style="green"))

    def prompt(self, actor: str, prompt: str, session: str) -> None:
        """Show what an actor says."""
        self._console.print(Text.assemble((actor, "bold magenta"), (f" [{session}]", "dim"), f": {prompt}"))

    def answer(self, answer: Answer) -> None:
        """Show a whole answer."""
        used = f"(uses {', '.join(answer.tools)}) " if answer.tools else ""
        self._console.print(Text.assemble(self._speaker, (used, "dim italic"), answer.text))
        for notice in answer.notices:
            self._notice(notice)

    def event(self, event: AnswerEvent) -> None:
        """Show a part of a streamed answer as it arrives; the first one says who answers."""
        match event:
            case TextPart():
                self._speak(Text(event.text))
            case ToolUse():
                self._speak(Text(f"(uses {event.name}) ", style="dim italic"))
            case Notice():
                self._console.print()
                self._notice(event.message)
            case Answer():
                self._speaking = False
                self._console.print()

    def _speak(self, part: Text) -> None:
        self._console.print(part if self._speaking else self._speaker + part, end="", soft_wrap=True)
        self._speaking = True

    def _notice(self, message: str) -> None:
        self._console.print(Text(f"  ! {message}", style="yellow"))
