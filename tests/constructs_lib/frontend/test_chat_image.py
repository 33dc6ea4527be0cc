from pathlib import Path

import pytest
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecr_assets as ecr_assets

from constructs_lib.frontend import ChatImage
from tests.constructs_lib.frontend.support import front_end, surroundings
from tests.constructs_lib.support import app_in, only, stack, statements, template, text


def test_an_image_of_a_directory_is_built_for_graviton_at_deployment(tmp_path: Path) -> None:
    """Synth needs no Docker: it says what has to be built."""
    directory = tmp_path / "chat"
    directory.mkdir()
    (directory / "Dockerfile").write_text("FROM scratch\n")
    around = surroundings(app_in(tmp_path / "out"))
    of = stack("Chat", app=around.app)
    front_end(of, around, image=ChatImage.from_directory(directory))
    around.app.synth()
    assets = (tmp_path / "out/Chat.assets.json").read_text()
    assert '"platform": "linux/arm64"' in assets
    built = template(of)
    (definition,) = only(built, "AWS::ECS::TaskDefinition")["Properties"]["ContainerDefinitions"]
    assert "container-assets" in text(definition["Image"])
    pull = next(each for each in statements(built, "ChatExecutionPolicy") if "ecr:BatchGetImage" in each["Action"])
    assert "container-assets" in text(pull["Resource"])


def test_bytecode_of_this_machine_does_not_change_the_image(tmp_path: Path) -> None:
    hashes = set()
    for attempt in ("one", "two"):
        directory = tmp_path / attempt / "chat"
        (directory / "__pycache__").mkdir(parents=True)
        (directory / "Dockerfile").write_text("FROM scratch\n")
        (directory / "__pycache__" / "x.pyc").write_text(attempt)
        of = stack("Chat")
        ChatImage.from_directory(directory).bind(of)
        asset = of.node.find_child("Image")
        assert isinstance(asset, ecr_assets.DockerImageAsset)
        hashes.add(asset.asset_hash)
    assert len(hashes) == 1


def test_fails_for_a_directory_without_a_dockerfile(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="there is no Dockerfile in"):
        ChatImage.from_directory(tmp_path)


@pytest.mark.parametrize("digest", ["latest", "sha256:12", ""])
def test_fails_for_a_tag(digest: str) -> None:
    of = stack()
    with pytest.raises(ValueError, match="a digest is 'sha256:' and 64 hexadecimal digits"):
        ChatImage.from_ecr(ecr.Repository.from_repository_name(of, "Repository", "chat"), digest=digest)
