"""The page as a signed-in person uses it, run by Streamlit's own test runner against agents on real sockets."""

import time
from collections.abc import Iterator
from typing import cast

import pytest
from streamlit.testing.v1 import AppTest

from constructs_lib.frontend.app.chat_app import services, sidebar, sign_in
from constructs_lib.frontend.app.chat_app.state import Chat
from tests.constructs_lib.frontend.app.fake_cloud import ARN, OTHER_ARN, FakeCloud
from tests.constructs_lib.frontend.app.support import variables


def script() -> None:
    from constructs_lib.frontend.app.chat_app.page import show_page

    show_page()


@pytest.fixture
def token(cloud: FakeCloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str | None]]:
    """What the browser's cookie holds; Streamlit's test runner has no cookies."""
    for name, value in variables(cloud.url).items():
        monkeypatch.setenv(name, value)
    services.services.cache_clear()
    held: dict[str, str | None] = {"cookie": cloud.token("ann")}
    monkeypatch.setattr(sign_in, "cookie_token", lambda: held["cookie"])
    monkeypatch.setattr(sidebar, "person", lambda: "Ann Example")
    yield held
    services.services.cache_clear()


@pytest.fixture
def app(token: dict[str, str | None]) -> AppTest:
    return settled(AppTest.from_function(script, default_timeout=20).run())


def settled(app: AppTest) -> AppTest:
    """The page when everything has loaded."""
    for _ in range(200):
        chat = cast("Chat", app.session_state["chat"])
        if chat.listing is None or chat.tasks is None or (chat.listing.done and chat.tasks.done):
            break
        time.sleep(0.05)
    return app.run()


def say(app: AppTest, prompt: str) -> AppTest:
    app.chat_input[0].set_value(prompt).run()
    return settled(app)


def said(app: AppTest) -> list[tuple[str, str]]:
    return [
        (message.name, " ".join(each.value for each in (*message.text, *message.markdown)))
        for message in app.chat_message
    ]


def labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def click(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click().run()
    return app


def test_a_stranger_is_asked_to_sign_in(token: dict[str, str | None], cloud: FakeCloud) -> None:
    token["cookie"] = None
    app = AppTest.from_function(script).run()
    assert [title.value for title in app.title] == ["Chat with your agents"]
    assert labels(app) == ["Sign in"]
    assert not app.chat_input
    assert cloud.calls == []


def test_an_expired_sign_in_is_one_click_from_a_new_one(token: dict[str, str | None], cloud: FakeCloud) -> None:
    token["cookie"] = cloud.token(seconds=-1)
    app = AppTest.from_function(script).run()
    assert [title.value for title in app.title] == ["Your sign-in has expired"]
    assert labels(app) == ["Sign in again"]


def test_a_message_is_answered_named_and_listed(app: AppTest, cloud: FakeCloud) -> None:
    assert [title.value for title in app.title] == ["New conversation"]
    say(app, "hello there")
    assert said(app) == [("user", "hello there"), ("assistant", "You said hello there")]
    assert [title.value for title in app.title] == ["hello there"]
    assert "hello there" in labels(app)
    assert cloud.prompts() == ["hello there"]
    assert len(str(cloud.calls[-1]["session"])) >= 33
    say(app, "again")
    assert len({call["session"] for call in cloud.calls if "prompt" in call}) == 1
    assert len({call["message_id"] for call in cloud.calls if "prompt" in call}) == 2


def test_tools_notices_files_and_sources_are_shown(app: AppTest, cloud: FakeCloud) -> None:
    cloud.events = [
        {"type": "tool", "id": "1", "name": "docs___search_docs"},
        {"type": "tool_result", "id": "1", "name": "x", "status": "success", "sources": ["https://docs.example/a"]},
        {"type": "tool", "id": "2", "name": "calculator"},
        {"type": "tool_result", "id": "2", "name": "calculator", "status": "error", "sources": []},
        {"type": "notice", "code": "guardrail_masked", "message": "The guardrail masked a name.", "remedy": ""},
        {"type": "text", "text": "Done ![x](https://evil.example/x.png)"},
        {"type": "artifact", "name": "plan.svg", "media_type": "image/svg+xml", "data": "PHN2Zy8+"},
    ]
    say(app, "draw")
    captions = [caption.value for caption in app.caption]
    assert ":material/build: Used search docs" in captions
    assert ":material/error: calculator did not work" in captions
    assert [warning.value for warning in app.warning] == ["The guardrail masked a name."]
    assert [expander.label for expander in app.expander] == ["Sources (1)"]
    assert "https://docs.example/a" in app.expander[0].markdown[0].value
    assert not any("![" in each.value for each in app.markdown)
    assert "Download plan.svg" in [each.proto.label for each in app.get("download_button")]


def test_a_failed_answer_says_what_to_do_and_keeps_the_message(app: AppTest, cloud: FakeCloud) -> None:
    cloud.error = {"code": "model_busy", "message": "The model takes no more.", "remedy": "Wait.", "status": 429}
    say(app, "hello")
    assert said(app)[0] == ("user", "hello")
    assert any("The model takes no more" in warning.value for warning in app.warning)


def test_a_sign_in_that_expires_under_way_is_renewed_by_one_click(app: AppTest, cloud: FakeCloud) -> None:
    cloud.statuses = [401]
    say(app, "hello")
    assert any("sign-in has expired" in warning.value for warning in app.warning)
    assert "Sign in again" in labels(app)


def test_conversations_are_opened_again(app: AppTest, cloud: FakeCloud) -> None:
    say(app, "first")
    first = str(cloud.calls[-1]["session"])
    click(app, "new")
    assert said(app) == []
    say(app, "second")
    click(app, f"open-{first}")
    assert said(app) == [("user", "first"), ("assistant", "You said first")]
    assert cloud.calls[-1]["session"] == first
    say(app, "more")
    sessions = [call["session"] for call in cloud.calls if "prompt" in call]
    assert len(sessions) == 3
    assert sessions[0] == sessions[2] == first != sessions[1]


def test_a_search_shows_what_was_found(app: AppTest, cloud: FakeCloud) -> None:
    say(app, "needle in it")
    app.text_input(key="search").set_value("needle").run()
    assert "needle in it" in labels(app)
    assert "… here …" in [caption.value for caption in app.caption]
    app.text_input(key="search").set_value("other").run()
    assert "Nothing found." in [caption.value for caption in app.caption]


def test_another_agent_has_other_conversations(app: AppTest, cloud: FakeCloud) -> None:
    app.selectbox(key="agent").select_index(1).run()
    settled(app)
    say(app, "hello engineer")
    assert {call["arn"] for call in cloud.calls if "prompt" in call} == {OTHER_ARN}
    assert {call["arn"] for call in cloud.calls} == {ARN, OTHER_ARN}


def test_tasks_are_asked_and_gone_in_a_conversation(app: AppTest, cloud: FakeCloud) -> None:
    cloud.tasks = [
        {"id": "a", "title": "List instances", "description": "All", "prompt": "List my instances", "category": "EC2"},
        {
            "id": "b",
            "title": "Price",
            "description": "Costs",
            "prompt": "What does {service} cost?",
            "category": "Cost",
        },
    ]
    app.selectbox(key="agent").select_index(1).run()
    settled(app)
    assert {"List instances", "Price"} <= set(labels(app))
    click(app, "task-EC2-List instances")
    settled(app)
    assert cloud.prompts() == ["List my instances"]
    assert not {"List instances", "Price"} & set(labels(app))


def test_a_list_that_does_not_load_can_be_loaded_again(token: dict[str, str | None], cloud: FakeCloud) -> None:
    cloud.statuses = [503, 503]
    app = settled(AppTest.from_function(script, default_timeout=20).run())
    assert "Try again" in labels(app)
    assert app.chat_input
    click(app, "reload")
    assert "Try again" not in labels(settled(app))
