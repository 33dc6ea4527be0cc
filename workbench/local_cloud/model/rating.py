"""How the scripted model rates an answer when it is asked to judge one."""

import html
import json
import re

from workbench.evaluation.judge import RATING_TOOL
from workbench.local_cloud.model.conversation import Conversation

_RATING = re.compile(r'<rating label="([^"]*)" value="([^"]*)">')
_TAGGED = r"<{0}>(.*?)</{0}>"
_WORD = re.compile(r"\w+")


def rating(conversation: Conversation) -> tuple[str, str] | None:
    """The rating tool and its arguments, or an empty name and why there is no rating. None: nobody asks for one.

    A stand-in for judgement: the share of the expected answer's words that the answer has, on the scale that is given.
    Where no answer is expected it does not rate, because whatever it said would be made up.
    """
    tool = conversation.tool(RATING_TOOL)
    if tool is None:
        return None
    text = conversation.current
    scale = sorted((float(value), html.unescape(label)) for label, value in _RATING.findall(text))
    expected, said = (_words(text, name) for name in ("expected_response", "assistant_turn"))
    if not scale or not expected:
        return "", "I am a scripted stand-in: I rate by the words of an expected answer, and none is given."
    found = len(expected & said)
    reached = scale[0][0] + (scale[-1][0] - scale[0][0]) * found / len(expected)
    label = next(label for value, label in reversed(scale) if value <= reached)
    reason = f"scripted stand-in: the answer has {found} of {len(expected)} words of the expected one"
    return str(tool["name"]), json.dumps({"label": label, "reason": reason})


def _words(text: str, name: str) -> set[str]:
    found = re.search(_TAGGED.format(name), text, re.DOTALL)
    return {word.casefold() for word in _WORD.findall(html.unescape(found[1]))} if found else set()
