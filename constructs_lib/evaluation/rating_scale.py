"""What a judge can answer."""

from collections.abc import Sequence
from dataclasses import dataclass

# https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/create-evaluator.html
_MIN_RATINGS, _MAX_RATINGS = 2, 20
_MAX_LABEL = 100


@dataclass(frozen=True)
class Rating:
    """One step of a scale.

    Args:
        label: Its name, at most 100 characters.
        definition: When the judge gives it.
        value: Its number, 0 or more; on a numerical scale only.
    """

    label: str
    definition: str
    value: float | None = None


@dataclass(frozen=True)
class RatingScale:
    """A judge's scale: make one with `numerical` or `categorical`.

    Attributes:
        ratings: The steps.
        is_numerical: Whether each step has a number.
    """

    ratings: tuple[Rating, ...]
    is_numerical: bool

    @staticmethod
    def numerical(ratings: Sequence[Rating]) -> "RatingScale":
        """A scale of numbers, which can be averaged.

        Args:
            ratings: 2 to 20 steps, each with a number of its own.

        Raises:
            ValueError: If there are too few or too many steps, a label or a number stands twice, or one is missing.
        """
        _check(ratings)
        for rating in ratings:
            if rating.value is None or isinstance(rating.value, bool) or rating.value < 0:
                raise ValueError(
                    f"the rating {rating.label!r} of a numerical scale needs a value of 0 or more, got {rating.value!r}"
                )
        if len({rating.value for rating in ratings}) < len(ratings):
            raise ValueError(
                f"each rating has a value of its own, got {[rating.value for rating in ratings]}; use a categorical"
                " scale for ratings without an order"
            )
        return RatingScale(tuple(ratings), is_numerical=True)

    @staticmethod
    def categorical(ratings: Sequence[Rating]) -> "RatingScale":
        """A scale of names.

        Args:
            ratings: 2 to 20 steps without a number.

        Raises:
            ValueError: If there are too few or too many steps, a label stands twice or is missing, or one has a number.
        """
        _check(ratings)
        for rating in ratings:
            if rating.value is not None:
                raise ValueError(
                    f"the rating {rating.label!r} of a categorical scale has no value, got {rating.value!r}; use"
                    " RatingScale.numerical"
                )
        return RatingScale(tuple(ratings), is_numerical=False)


def _check(ratings: Sequence[Rating]) -> None:
    if not _MIN_RATINGS <= len(ratings) <= _MAX_RATINGS:
        raise ValueError(f"a rating scale has {_MIN_RATINGS} to {_MAX_RATINGS} ratings, got {len(ratings)}")
    for rating in ratings:
        if not rating.label.strip() or len(rating.label) > _MAX_LABEL:
            raise ValueError(f"a rating's label has 1 to {_MAX_LABEL} characters, got {rating.label!r}")
        if not rating.definition.strip():
            raise ValueError(
                f"the rating {rating.label!r} needs a definition, or the judge does not know when to give it, got"
                f" {rating.definition!r}"
            )
    labels = [rating.label for rating in ratings]
    if len(set(labels)) < len(labels):
        raise ValueError(f"each rating has a label of its own, got {labels}")
