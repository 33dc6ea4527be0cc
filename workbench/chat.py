"""A conversation in the terminal."""

from rich.console import Console

from workbench.conversations.answers import AgentError
from workbench.conversations.client import new_session_id
from workbench.conversations.runner import Talker
from workbench.terminal.transcript import Transcript
from workbench.terminal.waiting import awaited

NEW = "/new"
QUIT = "/quit"


def chat(agent: Talker, transcript: Transcript, console: Console, *, actor: str, session: str) -> None:
    """Talk until /quit, Ctrl-C or the end of the input.

    Args:
        agent: Who answers.
        transcript: Prints the answers as they arrive.
        console: Where prompts are read.
        actor: Name before the prompt.
        session: The session to go on with.
    """
    console.print(f"{NEW} begins a new session, {QUIT} ends. Session {session}", style="dim", highlight=False)
    while True:
        try:
            prompt = console.input(f"[bold magenta]{actor}[/bold magenta]: ").strip()
        except (EOFError, KeyboardInterrupt):
            prompt = QUIT
        if prompt == QUIT:
            return
        if prompt == NEW:
            session = new_session_id()
            console.print(f"Session {session}", style="dim", highlight=False)
        elif prompt:
            _answer(agent, transcript, console, prompt, session)


def _answer(agent: Talker, transcript: Transcript, console: Console, prompt: str, session: str) -> None:
    try:
        for event in awaited(lambda: agent.stream(prompt, session), console):
            transcript.event(event)
    except AgentError as error:
        console.print(f"\n  error: {error}", style="red", highlight=False, markup=False)
    except KeyboardInterrupt:
        console.print("\n  (the answer was interrupted)", style="dim")
