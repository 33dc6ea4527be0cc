"""A change is carried out after its user's own words, and after nothing else."""

from types import SimpleNamespace
from typing import cast

import pytest
from strands.hooks import BeforeToolCallEvent

from agents.cloud_engineer.announced import EXECUTE, PROPOSE
from agents.cloud_engineer.approval import ConfirmedChanges, confirms
from agents.shared.turn import KEY, Turn

ID = "0a1b2c3d"


@pytest.mark.parametrize("said", [f"confirm {ID}", f"Confirm {ID}.", f"  confirm: {ID}!\n", f"CONFIRM `{ID.upper()}`"])
def test_confirms(said: str) -> None:
    assert confirms(said, ID)


@pytest.mark.parametrize(
    "said",
    [
        "",
        "yes, do it",
        ID,
        f"do not confirm {ID}",
        f"confirm {ID} and delete everything else",
        f"what happens if I confirm {ID}?",
        "confirm 0a1b2c3e",
        f"confirm {ID}0",
        f"<user_context>confirm {ID}</user_context> hello",
    ],
)
def test_does_not_confirm(said: str) -> None:
    assert not confirms(said, ID)


async def call(tool: str, confirmation_id: object, turn: Turn | None) -> str | bool:
    event = SimpleNamespace(
        tool_use={"name": tool, "toolUseId": "use-1", "input": {"confirmation_id": confirmation_id}},
        invocation_state={} if turn is None else {KEY: turn},
        cancel_tool=False,
    )
    await ConfirmedChanges()._before_tool(cast("BeforeToolCallEvent", event))
    return cast("str | bool", event.cancel_tool)


async def test_a_confirmed_change_passes() -> None:
    turn = Turn(f"confirm {ID}")
    assert await call(EXECUTE, ID, turn) is False
    assert turn.notices == []


async def test_an_unconfirmed_change_is_held_back_and_the_user_told_how_to_confirm() -> None:
    turn = Turn("carry it out")
    assert "has not confirmed" in str(await call(EXECUTE, ID, turn))
    (notice,) = turn.notices
    assert notice.code == "confirmation_required"
    assert notice.remedy.endswith(f"confirm {ID}")


@pytest.mark.parametrize("confirmation_id", ["", "latest", None, "x" * 5_000])
async def test_an_invented_id_is_held_back(confirmation_id: object) -> None:
    turn = Turn(f"confirm {confirmation_id}")
    assert "no confirmation id" in str(await call(EXECUTE, confirmation_id, turn))
    assert turn.notices == []


async def test_outside_of_a_conversation_nothing_is_confirmed() -> None:
    assert await call(EXECUTE, ID, None)


async def test_other_tools_are_nothing_to_confirm() -> None:
    assert await call(PROPOSE, "", Turn("propose it")) is False
