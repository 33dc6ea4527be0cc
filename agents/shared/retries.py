"""How often a model that takes no more requests is asked again, and how long is waited in between."""

import logging
import random

from strands import ModelRetryStrategy
from strands.hooks import AfterModelCallEvent
from typing_extensions import override

from agents.shared.telemetry import LogEvent

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 4
MAX_DELAY_SECONDS = 8
"""With full jitter and 1, 2 and 4 seconds at most between attempts, a person waits 7 seconds at most in all."""


class ThrottledModelRetries(ModelRetryStrategy):
    """Asks a throttled model again, after waits that double at most and are drawn at random (full jitter).

    Agents that were throttled together do not come back together:
    https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/

    Args:
        max_attempts: Calls of the model in all, before the turn fails with `model_busy`.
        initial_delay: Longest wait before the second call, in seconds.
    """

    def __init__(self, *, max_attempts: int = MAX_ATTEMPTS, initial_delay: int = 1) -> None:
        super().__init__(max_attempts=max_attempts, initial_delay=initial_delay, max_delay=MAX_DELAY_SECONDS)

    @override
    async def _handle_after_model_call(self, event: AfterModelCallEvent) -> None:
        if event.exception is not None and self.is_retryable(event.exception):
            logger.warning("attempt=<%d> | %s", self._current_attempt + 1, LogEvent.MODEL_THROTTLED)
        await super()._handle_after_model_call(event)

    @override
    def _calculate_delay(self, attempt: int) -> float:  # type: ignore[override]
        return random.uniform(0, super()._calculate_delay(attempt))  # noqa: S311 -- no secret
