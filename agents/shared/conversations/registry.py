"""The binding of an actor's sessions, undone when nothing of them is left."""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from agents.shared.ownership import ACTOR_ATTRIBUTE, SESSION_ATTRIBUTE

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class OwnedSessions:
    """The rows that bind one actor's sessions.

    Args:
        client: DynamoDB.
        table: The table of sessions.
        actor_id: Whose rows; another actor's stay.
    """

    def __init__(self, client: "DynamoDBClient", table: str, actor_id: str) -> None:
        self._client = client
        self._table = table
        self._actor_id = actor_id

    def release(self, session_id: str) -> bool:
        """Remove a session's row; returns whether there was one of this actor.

        A process that is still alive knows its session's owner by itself.

        Args:
            session_id: A session of which nothing is kept any more.
        """
        try:
            self._client.delete_item(
                TableName=self._table,
                Key={SESSION_ATTRIBUTE: {"S": session_id}},
                ConditionExpression=f"{ACTOR_ATTRIBUTE} = :actor",
                ExpressionAttributeValues={":actor": {"S": self._actor_id}},
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return False
        return True
