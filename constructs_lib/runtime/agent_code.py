"""Where an agent's code comes from: a directory, a Dockerfile, an image in ECR or an object in S3."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aws_cdk import Annotations, Aws
from aws_cdk import aws_bedrockagentcore as agentcore
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecr_assets as ecr_assets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_assets as s3_assets
from constructs import Construct

from constructs_lib.runtime._code_access import decrypt_statement, pull_statements
from constructs_lib.runtime._packaging.cache import Cache, default_cache_directory
from constructs_lib.runtime._packaging.packager import Limits, Package, Packager
from constructs_lib.runtime._packaging.sources import SourceTree
from constructs_lib.runtime._packaging.trimming import Trimming

NO_BYTECODE_WARNING = "@agentcore-constructs/runtime:noBytecode"

_PYTHON_PREFIX = "PYTHON_"
_MAX_ENTRY_POINT_ITEMS = 2


@dataclass(frozen=True)
class BoundCode:
    """Code as one runtime uses it.

    Attributes:
        artifact: What the L2 `Runtime` takes as its `agent_runtime_artifact`.
        read_statements: Exactly what the runtime's execution role needs to fetch this code.
    """

    artifact: agentcore.AgentRuntimeArtifact
    read_statements: tuple[iam.PolicyStatement, ...]


class AgentCode(ABC):
    """An agent's code for AgentCore Runtime, which runs linux/arm64. Make one with a `from_*` method.

    One object may serve several runtimes; each gets its own permission.
    """

    @abstractmethod
    def bind(self, scope: Construct) -> BoundCode:
        """Add what the code needs (an asset) below `scope` and say how a runtime fetches it.

        Args:
            scope: A construct that belongs to one runtime only.
        """

    @staticmethod
    def from_directory(
        path: str | Path,
        *,
        entry_point: Sequence[str],
        python: agentcore.AgentCoreRuntime = agentcore.AgentCoreRuntime.PYTHON_3_13,
        packages: Sequence[str | Path] = (),
        aws_services: Sequence[str] | None = None,
        exclude: Sequence[str] = (),
        trim: bool = True,
        asset_key: kms.IKey | None = None,
        cache_directory: str | Path | None = None,
    ) -> "AgentCode":
        """Package a directory and its locked dependencies into a zip, without Docker.

        The lock is the first of `requirements.lock.txt`, `requirements.lock`, `uv.lock`, `pylock.toml` and
        `requirements.txt` in the directory, and has to pin hashes. uv installs its wheels for linux/arm64 and glibc
        2.34, which is what Amazon Linux 2023 has, the runtime's operating system. The zip is reproducible and cached:
        unchanged code installs nothing, changed source alone does not install the dependencies again.

        If the directory is a Python package (it has an `__init__.py`), its files keep their dotted path in the zip
        and the entry point goes to the root; imports are then the same in the repository and in the runtime. Any
        other directory goes to the root as it is. Hidden files, virtual environments, `node_modules`, `cdk.out` and
        bytecode of this machine are left out.

        Modules are compiled by an installed interpreter of the runtime's Python version. Without one, synth warns
        (`@agentcore-constructs/runtime:noBytecode`) and the agent starts several times slower.

        https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/runtime-get-started-code-deploy-python.html

        Args:
            path: The agent's directory.
            entry_point: The file to run, relative to the directory, such as `["main.py"]`, optionally after one
                command that the lock installs: `["opentelemetry-instrument", "main.py"]`.
            python: Python version of the runtime.
            packages: Directories of further Python packages that the agent imports, such as `agents/shared`.
                Default: none.
            aws_services: AWS services the agent calls, by the names that `boto3.client` takes; with `trim`, botocore's
                data of all others is left out (about 16 MB of the zip; `sts` always stays). Default: every service
                stays.
            exclude: Patterns (as of `fnmatch`, where `*` also matches `/`) of paths in the zip to leave out.
                Default: none.
            trim: Leave out directories named `tests`, type stubs, Cython sources, and botocore's examples and its
                data of services that are not declared.
            asset_key: Customer-managed key that encrypts the CDK bootstrap bucket, where the bucket was bootstrapped
                with `--bootstrap-kms-key-id`. The execution role may then decrypt with it. Not needed for a key made
                by `--bootstrap-customer-key`: its policy already admits readers of the bucket in the account.
                Default: none.
            cache_directory: Where packages are kept between synths. Default: `agentcore-constructs` in the user's
                cache directory.

        Raises:
            ValueError: If the directory, the entry point, a package or the lock is missing; the lock pins no hashes,
                or a package without a wheel for linux/arm64; a native binary is for another platform; a symbolic
                link leaves the directory; or the zip is over 250 MB (750 MB unpacked).
            RuntimeError: If uv cannot reach the package index.
        """
        command, version = _checked_entry_point(entry_point), _python_version(python)
        if aws_services is not None and not trim:
            raise ValueError("aws_services says what trimming may leave out, so it has no effect with trim=False")
        directory = Path(path).absolute()
        siblings = tuple(Path(package).absolute() for package in packages)
        tree = SourceTree(directory, command[-1], siblings, tuple(exclude), trim)
        tree.check()
        packager = Packager(Cache(Path(cache_directory or default_cache_directory())), Limits())
        trimming = Trimming(trim, aws_services, exclude)
        package = packager.package(tree, entry_point=command, python_version=version, trimming=trimming)
        return _DirectoryCode(directory, package, python, version, command, asset_key)

    @staticmethod
    def from_dockerfile(
        directory: str | Path,
        *,
        file: str = "Dockerfile",
        build_args: Mapping[str, str] | None = None,
        target: str | None = None,
        exclude: Sequence[str] = (),
    ) -> "AgentCode":
        """Build an image for linux/arm64 from a Dockerfile when the app is deployed. Needs Docker with buildx there.

        https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/runtime-get-started-code-deploy.html

        Args:
            directory: The build context.
            file: The Dockerfile, relative to the directory.
            build_args: Build arguments. Default: none.
            target: Stage of the Dockerfile to build. Default: the last one.
            exclude: Patterns of files that are not part of the context. Default: those of `.dockerignore`.

        Raises:
            ValueError: If the directory or the Dockerfile does not exist.
        """
        context = Path(directory).absolute()
        if not (context / file).is_file():
            raise ValueError(f"there is no Dockerfile {context / file}; pass the directory that holds it, or file=")
        return _DockerfileCode(context, file, build_args, target, tuple(exclude))

    @staticmethod
    def from_ecr(repository: ecr.IRepository, *, tag_or_digest: str) -> "AgentCode":
        """Run an image that is already in ECR; it must be built for linux/arm64.

        Args:
            repository: The repository.
            tag_or_digest: A tag or a digest (`sha256:…`). With a digest, what runs cannot change under the same name.

        Raises:
            ValueError: If `tag_or_digest` is empty.
        """
        if not tag_or_digest:
            raise ValueError("tag_or_digest must name one image, got ''; prefer its digest (sha256:…)")
        return _EcrCode(repository, tag_or_digest)

    @staticmethod
    def from_s3(
        bucket: s3.IBucket,
        key: str,
        *,
        entry_point: Sequence[str],
        python: agentcore.AgentCoreRuntime = agentcore.AgentCoreRuntime.PYTHON_3_13,
        version: str | None = None,
    ) -> "AgentCode":
        """Run a zip that is already in S3.

        Where the bucket object knows its customer-managed key (`encryption_key`), the execution role may decrypt
        with it.

        Args:
            bucket: The bucket.
            key: The object's key.
            entry_point: As for `from_directory`; the file is in the zip.
            python: Python version of the runtime.
            version: Version id of the object. Default: the current version when the runtime is deployed.

        Raises:
            ValueError: If `key` is empty or the entry point has not one or two items.
        """
        if not key:
            raise ValueError("key must name the object that holds the zip, got ''")
        return _S3Code(bucket, key, _checked_entry_point(entry_point), python, version)


@dataclass(frozen=True)
class _DirectoryCode(AgentCode):
    directory: Path
    package: Package
    python: agentcore.AgentCoreRuntime
    python_version: str
    entry_point: tuple[str, ...]
    asset_key: kms.IKey | None

    def bind(self, scope: Construct) -> BoundCode:
        if not self.package.has_bytecode:
            Annotations.of(scope).add_warning_v2(
                NO_BYTECODE_WARNING,
                f"{self.directory} is packaged without bytecode, because no Python {self.python_version} was found: "
                f"every new session compiles all modules first and starts several times slower. "
                f"Run `uv python install {self.python_version}` and synthesize again",
            )
        # The hash of the inputs, not of the zip: bytecode of another patch release or another build of zlib differs
        # in bytes but not in meaning, and must not redeploy the agent.
        asset = s3_assets.Asset(scope, "Code", path=str(self.package.archive), asset_hash=self.package.fingerprint)
        bucket_name, key = asset.s3_bucket_name, asset.s3_object_key
        statements = [
            iam.PolicyStatement(actions=["s3:GetObject"], resources=[f"arn:{Aws.PARTITION}:s3:::{bucket_name}/{key}"])
        ]
        if self.asset_key is not None:
            statements.append(decrypt_statement(self.asset_key))
        location = s3.Location(bucket_name=bucket_name, object_key=key)
        artifact = agentcore.AgentRuntimeArtifact.from_s3(location, self.python, list(self.entry_point))
        return BoundCode(artifact, tuple(statements))


@dataclass(frozen=True)
class _DockerfileCode(AgentCode):
    directory: Path
    file: str
    build_args: Mapping[str, str] | None
    target: str | None
    exclude: tuple[str, ...]

    def bind(self, scope: Construct) -> BoundCode:
        image = ecr_assets.DockerImageAsset(
            scope,
            "Image",
            directory=str(self.directory),
            file=self.file,
            build_args=self.build_args,
            target=self.target,
            exclude=list(self.exclude) or None,
            platform=ecr_assets.Platform.LINUX_ARM64,
        )
        artifact = agentcore.AgentRuntimeArtifact.from_image_uri(image.image_uri)
        return BoundCode(artifact, pull_statements(image.repository))


@dataclass(frozen=True)
class _EcrCode(AgentCode):
    repository: ecr.IRepository
    tag_or_digest: str

    def bind(self, scope: Construct) -> BoundCode:  # noqa: ARG002 -- an existing image adds nothing to the app
        uri = self.repository.repository_uri_for_tag_or_digest(self.tag_or_digest)
        return BoundCode(agentcore.AgentRuntimeArtifact.from_image_uri(uri), pull_statements(self.repository))


@dataclass(frozen=True)
class _S3Code(AgentCode):
    bucket: s3.IBucket
    key: str
    entry_point: tuple[str, ...]
    python: agentcore.AgentCoreRuntime
    version: str | None

    def bind(self, scope: Construct) -> BoundCode:  # noqa: ARG002 -- an existing object adds nothing to the app
        # S3 checks another action where a version is asked for:
        # https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
        action = "s3:GetObject" if self.version is None else "s3:GetObjectVersion"
        statements = [iam.PolicyStatement(actions=[action], resources=[self.bucket.arn_for_objects(self.key)])]
        encryption_key = self.bucket.encryption_key
        if encryption_key is not None:
            statements.append(decrypt_statement(encryption_key))
        location = s3.Location(bucket_name=self.bucket.bucket_name, object_key=self.key, object_version=self.version)
        artifact = agentcore.AgentRuntimeArtifact.from_s3(location, self.python, list(self.entry_point))
        return BoundCode(artifact, tuple(statements))


def _checked_entry_point(entry_point: Sequence[str]) -> tuple[str, ...]:
    items = (entry_point,) if isinstance(entry_point, str) else tuple(entry_point)
    if not 1 <= len(items) <= _MAX_ENTRY_POINT_ITEMS or not all(items):
        raise ValueError(
            f"entry_point takes the file to run, optionally after one command, "
            f"such as ['opentelemetry-instrument', 'main.py'], got {list(items)}"
        )
    return items


def _python_version(python: agentcore.AgentCoreRuntime) -> str:
    value = python.value
    if not value.startswith(_PYTHON_PREFIX):
        raise ValueError(
            f"from_directory packages Python agents, got the runtime {value}; use AgentCode.from_s3 for it"
        )
    return value.removeprefix(_PYTHON_PREFIX).replace("_", ".")
