"""The guardrails of every account and Region, with their versions."""

import datetime
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from workbench.local_cloud.agentcore.control_identifiers import random_text
from workbench.local_cloud.agentcore.service import Scope, ServiceError, invalid, not_found
from workbench.local_cloud.guardrails.policy import Policy, read_policy

DRAFT = "DRAFT"
_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"
_ID_LENGTH = 12


@dataclass
class Guardrail:
    """A guardrail.

    Args:
        scope: Its account and Region.
        id: Its id.
        name: Its name, one of its kind in the scope.
        draft: Its working draft.
        created: When it was made.
        versions: Its published versions, by number.
        published: How many versions it ever had; numbers are not used again.
    """

    scope: Scope
    id: str
    name: str
    draft: Policy
    created: datetime.datetime
    updated: datetime.datetime
    versions: dict[str, Policy] = field(default_factory=dict)
    published: int = 0

    @property
    def arn(self) -> str:
        """Its ARN."""
        return f"arn:aws:bedrock:{self.scope.region}:{self.scope.account}:guardrail/{self.id}"


class GuardrailStore:
    """Keeps guardrails. Safe to call from many threads."""

    def __init__(self) -> None:
        self._guardrails: dict[tuple[Scope, str], Guardrail] = {}
        self._lock = threading.Lock()

    def create(self, scope: Scope, properties: Mapping[str, object]) -> Guardrail:
        """Make a guardrail.

        Args:
            scope: Where.
            properties: Those of `AWS::Bedrock::Guardrail`.

        Raises:
            ServiceError: `ConflictException` if another one has its name.
            ValueError: If the configuration is not acceptable.
        """
        now = datetime.datetime.now(datetime.UTC)
        made = Guardrail(
            scope, random_text(_ID_LENGTH, _ALPHABET), str(properties["Name"]), read_policy(properties), now, now
        )
        with self._lock:
            self._check_name(scope, made.name, made.id)
            self._guardrails[scope, made.id] = made
        return made

    def update(self, scope: Scope, identifier: str, properties: Mapping[str, object]) -> Guardrail:
        """Change a guardrail's draft; its versions stay as they are.

        Args:
            scope: Where.
            identifier: Its id or ARN.
            properties: Those of `AWS::Bedrock::Guardrail`.

        Raises:
            ServiceError: `ResourceNotFoundException` or `ConflictException`.
            ValueError: If the configuration is not acceptable.
        """
        policy = read_policy(properties)
        with self._lock:
            found = self._get(scope, identifier)
            self._check_name(scope, str(properties["Name"]), found.id)
            found.name, found.draft = str(properties["Name"]), policy
            found.updated = datetime.datetime.now(datetime.UTC)
            return found

    def delete(self, scope: Scope, identifier: str) -> None:
        """Forget a guardrail with its versions; one that is gone already is fine.

        Args:
            scope: Where.
            identifier: Its id or ARN.
        """
        with self._lock:
            self._guardrails.pop((scope, _id(scope, identifier)), None)

    def publish(self, scope: Scope, identifier: str) -> tuple[Guardrail, str]:
        """Keep the draft as a new version.

        Args:
            scope: Where.
            identifier: The guardrail's id or ARN.

        Raises:
            ServiceError: `ResourceNotFoundException`.
        """
        with self._lock:
            found = self._get(scope, identifier)
            found.published += 1
            version = str(found.published)
            found.versions[version] = found.draft
            return found, version

    def withdraw(self, scope: Scope, identifier: str, version: str) -> None:
        """Forget a version; one that is gone already is fine.

        Args:
            scope: Where.
            identifier: The guardrail's id or ARN.
            version: Its number.
        """
        with self._lock:
            found = self._guardrails.get((scope, _id(scope, identifier)))
            if found is not None:
                found.versions.pop(version, None)

    def find(self, scope: Scope, identifier: str, version: str) -> tuple[Guardrail, Policy]:
        """A guardrail and its configuration in one version.

        Args:
            scope: Where.
            identifier: Its id or ARN.
            version: A number or `DRAFT`.

        Raises:
            ServiceError: `ValidationException` without a version, `ResourceNotFoundException` for an unknown one.
        """
        if not version:
            raise invalid("A guardrail is applied in a version: name its number or DRAFT.")
        with self._lock:
            found = self._get(scope, identifier)
            policy = found.draft if version == DRAFT else found.versions.get(version)
        if policy is None:
            raise not_found(f"The guardrail {identifier} has no version {version}.")
        return found, policy

    def _get(self, scope: Scope, identifier: str) -> Guardrail:
        found = self._guardrails.get((scope, _id(scope, identifier)))
        if found is None:
            raise not_found(f"The guardrail {identifier} does not exist in {scope.account} {scope.region}.")
        return found

    def _check_name(self, scope: Scope, name: str, own: str) -> None:
        others = (one for (place, _), one in self._guardrails.items() if place == scope and one.id != own)
        if any(one.name == name for one in others):
            raise ServiceError("ConflictException", f"Another guardrail is called {name}.", 409)


def _id(scope: Scope, identifier: str) -> str:
    if not identifier.startswith("arn:"):
        return identifier
    prefix, _, plain = identifier.rpartition("/")
    # A guardrail of elsewhere is none of this scope's.
    return plain if prefix == f"arn:aws:bedrock:{scope.region}:{scope.account}:guardrail" else identifier
