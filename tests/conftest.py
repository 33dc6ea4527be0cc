"""What every test shares: the pinned Node for jsii, and a synth without CDK's own validator unless a test wants it."""

import gc
import os
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent

_node = Path(sys.executable).parent / "node"
if _node.exists():
    os.environ.setdefault("JSII_NODE", str(_node))
# aws-cdk-lib validates every synth against CloudFormation's schemas (1.3 to 8 s); the gate test turns it on.
os.environ["CDK_VALIDATION"] = "false"
# A developer's own AWS settings must not reach a test.
for _name in [name for name in os.environ if name.startswith("AWS_") and name != "AWS_CA_BUNDLE"]:
    del os.environ[_name]
os.environ["AWS_EC2_METADATA_DISABLED"] = "true"

# One process holds the constructs of thousands of tests; looking through them all for garbage again and again takes a
# seventh of the time.
gc.set_threshold(50_000, 20, 20)
