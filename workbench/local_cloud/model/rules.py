"""How the scripted model answers: rules in order, the first that has an answer wins.

Every rule looks at nothing but the conversation it is given, so what another conversation said can never come out. A
new behaviour is a new function, put into `RULES` before the rules it must win over.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from workbench.local_cloud.agentcore.memory.retrieval import relevance
from workbench.local_cloud.model.conversation import Conversation, Function, sentences, statement
from workbench.local_cloud.model.rating import rating


@dataclass(frozen=True)
class ToolCall:
    """A call of an offered tool.

    Args:
        name: The tool's name.
        arguments: Its arguments, as JSON.
    """

    name: str
    arguments: str


Reply = str | ToolCall
Rule = Callable[[Conversation], Reply | None]

CALCULATOR = "calculator"
EXECUTE_CHANGE = "execute_change"
ENOUGH = 0.4
"""Relevance from which a statement answers a question."""

_NUMBER = r"-?\d+(?:\.\d+)?"
_LAST_NUMBER = re.compile(rf"({_NUMBER})(?!.*\d)", re.DOTALL)
_NAMED_NUMBER = re.compile(rf"\bmy ([a-z][a-z ]*?) (?:is|are|=)\s*({_NUMBER})\b", re.IGNORECASE)
_WORDS = (
    (re.compile(r"\b(?:multiplied by|times)\b", re.IGNORECASE), "*"),
    (re.compile(r"(?<=\d)\s*[x×]\s*(?=\d)", re.IGNORECASE), " * "),
    (re.compile(r"\b(?:divided by)\b|÷", re.IGNORECASE), "/"),
    (re.compile(r"\bplus\b", re.IGNORECASE), "+"),
    (re.compile(r"\bminus\b", re.IGNORECASE), "-"),
    (re.compile(r"\bto the power of\b|\^", re.IGNORECASE), "**"),
)
_EXPRESSION = re.compile(r"[-(]*\d[\d.()\s+\-*/%]*[+\-*/%][\d.()\s+\-*/%]*\d\)*")
_OPERATOR_WITH_NAME = re.compile(r"\bmy ([a-z][a-z ]*?)\s*(?=[+*/]|-\s|\*\*)", re.IGNORECASE)
_NAMED_TOOL = re.compile(r"\buse the tool ([\w-]+)(?:\s+with\s+(\{.*\}))?", re.IGNORECASE | re.DOTALL)
_CONFIRMATION = re.compile(r"\W*confirm\W{1,3}([0-9a-f]{8})\W*", re.IGNORECASE)
_STACK_NAME = re.compile(r"\bengineer-[a-zA-Z0-9-]+")
_ERROR = re.compile(r"\b(?:error|invalid|cannot|failed)\b", re.IGNORECASE)


def answer(conversation: Conversation) -> Reply:
    """The scripted model's answer."""
    for rule in RULES:
        reply = rule(conversation)
        if reply is not None:
            return reply
    return "I am a scripted stand-in for a model: I calculate, and I remember what you tell me about yourself."


def rate(conversation: Conversation) -> Reply | None:
    """Rate an answer for a judge, or say why not."""
    found = rating(conversation)
    if found is None:
        return None
    name, said = found
    return ToolCall(name, said) if name else said


def report_tool_result(conversation: Conversation) -> Reply | None:
    """After a tool has run, say its result."""
    if not conversation.tool_results:
        return None
    result = conversation.tool_results[-1]
    if _NAMED_TOOL.search(conversation.current) or _CONFIRMATION.fullmatch(conversation.current):
        return f"The tool answered: {result.strip()}"
    number = _LAST_NUMBER.search(result)
    if number is None or _ERROR.search(result):
        return f"The tool could not work that out: {result.strip()}"
    return f"The answer is {_tidy(number[1])}."


def use_named_tool(conversation: Conversation) -> Reply | None:
    """Call the tool a user names: `Use the tool Orders___get_order with {"id": "7"}`."""
    named = _NAMED_TOOL.search(conversation.current)
    if named is None:
        return None
    tool = next((tool for tool in conversation.tools if tool.get("name") == named[1]), None)
    if tool is None:
        return f"No tool called {named[1]} is offered to me."
    return ToolCall(named[1], named[2] or "{}")


def carry_out_change(conversation: Conversation) -> Reply | None:
    """Carry out the change that the user confirms: `confirm 0a1b2c3d`, of the stack that was spoken of last."""
    confirmed = _CONFIRMATION.fullmatch(conversation.current)
    tool = conversation.tool(EXECUTE_CHANGE)
    stacks = _STACK_NAME.findall("\n".join(conversation.earlier))
    if confirmed is None or tool is None or not stacks:
        return None
    return ToolCall(tool["name"], json.dumps({"stack_name": stacks[-1], "confirmation_id": confirmed[1].lower()}))


def acknowledge(conversation: Conversation) -> Reply | None:
    """When the user tells something, repeat it."""
    if conversation.asks or not re.search(r"\b(?:my|i|i'm|we|our|remember)\b", conversation.current, re.IGNORECASE):
        return None
    return f"I'll remember that: {statement(conversation.current)}"


def calculate(conversation: Conversation) -> Reply | None:
    """Hand arithmetic to the calculator, with numbers the user has named put in."""
    text = conversation.current
    for pattern, symbol in _WORDS:
        text = pattern.sub(symbol, text)
    known = dict(_named_numbers(conversation))
    missing = [m[1] for m in _OPERATOR_WITH_NAME.finditer(text) if m[1].lower() not in known]
    if missing:
        return unknown(f"your {missing[0]}")
    for name, number in known.items():
        text = re.sub(rf"\bmy {re.escape(name)}\b", number, text, flags=re.IGNORECASE)
    expression = _EXPRESSION.search(text)
    if expression is None:
        return None
    tool = conversation.tool(CALCULATOR)
    if tool is None:
        return f"I would need a calculator tool for {expression[0].strip()}, and none is offered to me."
    return ToolCall(tool["name"], json.dumps({_argument(tool): " ".join(expression[0].split())}))


def recall(conversation: Conversation) -> Reply | None:
    """Answer a question about the user with what the user has told, or say that it is not known."""
    if not conversation.asks:
        return None
    told = conversation.told()[::-1]
    question = " ".join(sentences(conversation.current)[-1:])
    scored = sorted(zip(relevance(question, told), told, strict=True), key=lambda row: -row[0])
    if scored and scored[0][0] >= ENOUGH:
        return f"You told me: {scored[0][1].rstrip('.')}."
    return unknown("that")


def unknown(what: str) -> str:
    """The answer to what the conversation does not hold: never a guess."""
    return f"I do not know {what}: neither this conversation nor what I remember about you says it."


RULES: tuple[Rule, ...] = (rate, report_tool_result, use_named_tool, carry_out_change, acknowledge, calculate, recall)


def _named_numbers(conversation: Conversation) -> list[tuple[str, str]]:
    found = (match for text in conversation.told() for match in _NAMED_NUMBER.finditer(text))
    return [(match[1].lower(), match[2]) for match in found]


def _argument(tool: Function) -> str:
    parameters = tool.get("parameters") or {}
    properties = parameters.get("properties")
    names = list(properties) if isinstance(properties, Mapping) else []
    return "expression" if "expression" in names or not names else str(names[0])


def _tidy(number: str) -> str:
    return number.rstrip("0").rstrip(".") if "." in number else number
