"""The image of the front end's tasks."""

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecr_assets as ecr_assets
from aws_cdk import aws_ecs as ecs
from constructs import Construct

from constructs_lib._place import is_token

APP_DIRECTORY = Path(__file__).parent / "app"
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True)
class BoundImage:
    """An image as one front end uses it.

    Attributes:
        image: What a container definition takes.
        repository: Where tasks pull it from.
    """

    image: ecs.ContainerImage
    repository: ecr.IRepository


class ChatImage(ABC):
    """The image that a front end runs, for linux/arm64. Make one with a `from_*` method."""

    @abstractmethod
    def bind(self, scope: Construct) -> BoundImage:
        """Add what the image needs (an asset) below `scope`."""

    @staticmethod
    def from_library() -> "ChatImage":
        """The application that comes with this library. Its image is built when the app is deployed: needs Docker with
        buildx there, not at synth.
        """
        return _Built(APP_DIRECTORY)

    @staticmethod
    def from_directory(directory: str | Path) -> "ChatImage":
        """An application of your own, with a Dockerfile, built when the app is deployed.

        It answers at port 8501, says at `/_stcore/health` that it is well, runs as user 10001, and writes below `/tmp`
        only, which its Dockerfile has to declare as a `VOLUME` that this user may write.

        Args:
            directory: The directory with the Dockerfile.

        Raises:
            ValueError: If there is no Dockerfile.
        """
        path = Path(directory).absolute()
        if not (path / "Dockerfile").is_file():
            raise ValueError(f"there is no Dockerfile in {directory}; pass the directory that holds it")
        return _Built(path)

    @staticmethod
    def from_ecr(repository: ecr.IRepository, *, digest: str) -> "ChatImage":
        """An image that exists already, of the form that `from_directory` says.

        Args:
            repository: Its repository.
            digest: Which image, `sha256:…`: a tag could mean another one tomorrow.

        Raises:
            ValueError: If the digest is not one.
        """
        if not is_token(digest) and not _DIGEST.fullmatch(digest):
            raise ValueError(
                f"a digest is 'sha256:' and 64 hexadecimal digits, got {digest!r}; see `aws ecr describe-images`"
            )
        return _Pushed(repository, digest)


@dataclass(frozen=True)
class _Built(ChatImage):
    directory: Path

    def bind(self, scope: Construct) -> BoundImage:
        asset = ecr_assets.DockerImageAsset(
            scope,
            "Image",
            directory=str(self.directory),
            platform=ecr_assets.Platform.LINUX_ARM64,
            # Of this machine; they would change the image's hash.
            exclude=["**/__pycache__", "**/*.pyc", "**/.*_cache"],
        )
        return BoundImage(ecs.ContainerImage.from_docker_image_asset(asset), asset.repository)


@dataclass(frozen=True)
class _Pushed(ChatImage):
    repository: ecr.IRepository
    digest: str

    def bind(self, scope: Construct) -> BoundImage:  # noqa: ARG002 -- nothing to add
        return BoundImage(ecs.ContainerImage.from_ecr_repository(self.repository, self.digest), self.repository)
