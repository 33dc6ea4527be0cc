import json
from pathlib import Path

import pytest

from workbench.errors import WorkbenchError
from workbench.permissions.access_log import Decision, read_decisions
from workbench.permissions.grants import Grant
from workbench.permissions.report import build_report

ROLE = "arn:aws:iam::000000000000:role/agent"
MEMORY = "arn:aws:bedrock-agentcore:us-east-1:000000000000:memory/m-1"
BUCKET = "arn:aws:s3:::code/agent.zip"

CREATE = Grant("p", "bedrock-agentcore:CreateEvent", MEMORY)
DELETE = Grant("p", "bedrock-agentcore:DeleteEvent", MEMORY)
READ = Grant("p", "s3:Get*", "arn:aws:s3:::code/*")


def _decision(action: str, resource: str, *, allowed: bool = True, role: str = ROLE) -> Decision:
    return Decision(1.0, role, action, resource, allowed, "because")


def test_counts_the_uses_of_each_grant_and_finds_the_unused() -> None:
    decisions = [_decision(CREATE.action, MEMORY)] * 2 + [_decision("s3:GetObject", BUCKET)]
    report = build_report(ROLE, (DELETE, READ, CREATE), decisions)
    assert [(use.grant, use.uses) for use in report.grants] == [(CREATE, 2), (READ, 1), (DELETE, 0)]
    assert report.unused == (DELETE,)


def test_a_wildcard_is_listed_with_what_it_was_used_for() -> None:
    report = build_report(
        ROLE, (READ, CREATE), [_decision("s3:GetObject", BUCKET), _decision("s3:GetObjectTagging", BUCKET)]
    )
    assert report.wildcards == (READ,)
    assert report.grants[0].actions == ("s3:GetObject", "s3:GetObjectTagging")


def test_denials_are_grouped_and_count_for_no_grant() -> None:
    report = build_report(ROLE, (CREATE,), [_decision(CREATE.action, MEMORY, allowed=False)] * 3)
    (denial,) = report.denials
    assert (denial.action, denial.resource, denial.reason, denial.times) == (CREATE.action, MEMORY, "because", 3)
    assert report.unused == (CREATE,)


def test_an_allowed_request_without_a_grant_is_named() -> None:
    report = build_report(ROLE, (CREATE,), [_decision("kms:Decrypt", "arn:aws:kms:::key/1")])
    assert report.unexplained == (("kms:Decrypt", "arn:aws:kms:::key/1"),)


def test_the_report_for_programs_is_json() -> None:
    report = build_report(ROLE, (READ,), [_decision("s3:GetObject", BUCKET)])
    grant = json.loads(json.dumps(report.to_dict()))["grants"][0]
    assert (grant["action"], grant["uses"], grant["wildcard"]) == ("s3:Get*", 1, True)


def test_reads_the_decisions_on_one_role_and_leaves_a_line_that_is_being_written(tmp_path: Path) -> None:
    log = tmp_path / "access.jsonl"
    entry = {"time": 1, "action": "s3:GetObject", "resource": BUCKET, "allowed": False, "reason": "because"}
    lines = [json.dumps({**entry, "role_arn": role}) for role in (ROLE, "arn:aws:iam::000000000000:role/other")]
    log.write_text("\n".join(lines) + '\n{"time": 2, "act')
    assert read_decisions(log, role_arn=ROLE) == (_decision("s3:GetObject", BUCKET, allowed=False),)


@pytest.mark.parametrize("text", ["nonsense\n", '{"time": 1}\n', "1\n"])
def test_fails_on_a_log_that_is_none(tmp_path: Path, text: str) -> None:
    log = tmp_path / "access.jsonl"
    log.write_text(text)
    with pytest.raises(WorkbenchError, match="line 1 is no decision"):
        read_decisions(log, role_arn=ROLE)


def test_fails_without_a_log(tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError, match="is missing: restart the local cloud"):
        read_decisions(tmp_path / "access.jsonl", role_arn=ROLE)
