"""A model as the L2 takes it; apart because importing the Bedrock module is slow and few memories need it."""

import jsii
from aws_cdk import aws_bedrock as bedrock


@jsii.implements(bedrock.IModel)
class NamedModel:
    """A model by its id: the L2 reads the id off an ARN, and asks for no account or Region."""

    def __init__(self, model_id: str) -> None:
        self._arn = f"arn:aws:bedrock:::foundation-model/{model_id}"

    @property
    def model_arn(self) -> str:
        """An ARN that ends in the id; used for nothing else, since the memory's role is ours."""
        return self._arn
