"""A policy on change sets is held against what the request says."""

from urllib.parse import urlencode

from workbench.local_cloud.emulator.change_set_conditions import change_set_conditions


def test_types_and_role_are_what_the_request_says() -> None:
    said = {
        "Action": "CreateChangeSet",
        "RoleARN": "arn:aws:iam::111122223333:role/change",
        "ResourceTypes.member.1": "AWS::S3::Bucket",
        "ResourceTypes.member.2": "AWS::SQS::Queue",
    }
    assert change_set_conditions(urlencode(said).encode()) == {
        "cloudformation:RoleArn": "arn:aws:iam::111122223333:role/change",
        "cloudformation:ResourceTypes": ["AWS::S3::Bucket", "AWS::SQS::Queue"],
    }


def test_what_the_request_does_not_say_is_no_key() -> None:
    assert change_set_conditions(b"Action=CreateChangeSet&TemplateBody=%7B%7D") == {}
