"""Code interpreters and browsers."""

import re
from collections.abc import Iterator

from constructs_lib.safety.rules.model import Hit, RuleSet, Severity
from constructs_lib.safety.rules.template import AGENTCORE, Resource, mappings
from constructs_lib.safety.rules.values import absent, can_be, literal

RULES = RuleSet()
BROWSER, INTERPRETER = f"{AGENTCORE}BrowserCustom", f"{AGENTCORE}CodeInterpreterCustom"
BUCKET = "AWS::S3::Bucket"
# A hash of the properties at the end, as in `analysis_1f2e3d4c`.
_HASHED = re.compile(r"[_-][0-9a-f]{6,}$")
_BLOCKS = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")


@RULES.rule(
    "InterpreterOpenNetwork",
    Severity.WARNING,
    "Code of a model runs without the Internet",
    INTERPRETER,
    why="Code that a model wrote, perhaps on a stranger's advice, can send what it reads anywhere.",
    remedy="Set NetworkMode to SANDBOX, or to VPC with the few destinations it needs.",
)
def _open(interpreter: Resource) -> Iterator[Hit]:
    if can_be(interpreter.get("NetworkConfiguration.NetworkMode"), "PUBLIC"):
        yield Hit("Properties.NetworkConfiguration.NetworkMode", "the network mode is PUBLIC")


@RULES.rule(
    "BrowserUnrecorded",
    Severity.WARNING,
    "A browser's sessions are recorded",
    BROWSER,
    why="Nobody can tell afterwards which pages an agent was on and what it typed there.",
    remedy="Set RecordingConfig with Enabled and an S3 location.",
)
def _unrecorded(browser: Resource) -> Iterator[Hit]:
    if not can_be(browser.get("RecordingConfig.Enabled"), True, "true"):
        yield Hit("Properties.RecordingConfig", "sessions are not recorded")


@RULES.rule(
    "RecordingNowhere",
    Severity.ERROR,
    "Recordings have a place and a role that writes them",
    BROWSER,
    why="A browser that shall record and has no bucket or execution role cannot start a session.",
    remedy="Set RecordingConfig.S3Location and ExecutionRoleArn.",
)
def _nowhere(browser: Resource) -> Iterator[Hit]:
    if can_be(browser.get("RecordingConfig.Enabled"), True, "true"):
        for path in ("RecordingConfig.S3Location", "ExecutionRoleArn"):
            if absent(browser.get(path)):
                yield Hit(f"Properties.{path}", f"sessions are recorded and {path} is missing", path)


@RULES.rule(
    "RecordingsExposed",
    Severity.ERROR,
    "The bucket of recordings is closed to the public",
    BUCKET,
    why="Recordings show every page and form the agent was on.",
    remedy="Set all four of PublicAccessBlockConfiguration.",
)
def _exposed(bucket: Resource) -> Iterator[Hit]:
    blocks = bucket.mapping("PublicAccessBlockConfiguration")
    if _records(bucket) and not all(can_be(blocks.get(name), True, "true") for name in _BLOCKS):
        yield Hit("Properties.PublicAccessBlockConfiguration", "recordings of a browser are not closed to the public")


@RULES.rule(
    "RecordingsKeptForever",
    Severity.WARNING,
    "Recordings are deleted some day",
    BUCKET,
    why="Pages with personal data pile up without end.",
    remedy="Add a LifecycleConfiguration rule with ExpirationInDays.",
)
def _forever(bucket: Resource) -> Iterator[Hit]:
    rules = mappings(bucket.get("LifecycleConfiguration.Rules"))
    if _records(bucket) and not any({"ExpirationInDays", "ExpirationDate"} & set(each) for each in rules):
        yield Hit("Properties.LifecycleConfiguration", "recordings of a browser never expire")


@RULES.rule(
    "SandboxNameFixed",
    Severity.WARNING,
    "A sandbox tool's name changes with its properties",
    BROWSER,
    INTERPRETER,
    why="Every property is create-only: a change makes a new tool before the old one goes, and fails on its name.",
    remedy="Append a hash of the properties to the name, for example analysis_1f2e3d4c.",
)
def _fixed(tool: Resource) -> Iterator[Hit]:
    name = literal(tool.get("Name"))
    if name and not _HASHED.search(name):
        yield Hit("Properties.Name", f"the name {name!r} stays when properties change")


def _records(bucket: Resource) -> bool:
    browsers = bucket.template.deployment.of_type(BROWSER)
    return any(bucket in each.refers("RecordingConfig.S3Location.Bucket") for each in browsers)
