"""Runs the AWS emulator for the local cloud: on loopback, with IAM always enforced, and with what it lacks added.

This file is the program of a child process in the emulator's own environment (`requirements.lock.txt` next to it).
Variables tell it what to do:

- `LOCAL_CLOUD_PORT`: port to serve on, at 127.0.0.1.
- `LOCAL_CLOUD_AGENTCORE_URL`: base address of the AgentCore server.
- `LOCAL_CLOUD_MODEL_URL`: base address of an OpenAI-style chat endpoint.
- `LOCAL_CLOUD_BEDROCK_URL`: address model calls are passed on to, unchanged. Default: the chat endpoint serves them.
- `LOCAL_CLOUD_ACCESS_LOG`: file that gets one JSON line per decision on a role's session.
- `LOCAL_CLOUD_METRICS`: file of the metrics store. Default: nothing is measured.
- `LOCAL_CLOUD_LOG_LEVEL`: level of the log on standard error. Default: WARNING.

Once it serves, it prints one line on standard output: `ready http://127.0.0.1:PORT`. It ends with its parent.
"""

import importlib.util
import os
import sys
import threading
import time
from pathlib import Path

HOST = "127.0.0.1"
_PARENT_POLL_SECONDS = 0.25
_PACKAGE = Path(__file__).resolve().parents[2]


def _import_only(package: Path) -> None:
    # The folder above would bring every other package installed next to the workbench into this environment.
    spec = importlib.util.spec_from_file_location(
        package.name, package / "__init__.py", submodule_search_locations=[str(package)]
    )
    if spec is None or spec.loader is None:
        raise SystemExit(f"{package} is no package")
    module = importlib.util.module_from_spec(spec)
    sys.modules[package.name] = module
    spec.loader.exec_module(module)


def _required(variable: str) -> str:
    value = os.environ.get(variable)
    if not value:
        raise SystemExit(f"set {variable}: see {Path(__file__).name}")
    return value


def _end_with_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_PARENT_POLL_SECONDS)
    os._exit(0)


def _configure(port: str, model_url: str, state: Path) -> None:
    for variable in ("AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_ENDPOINT_URL", "SERVICES", "USE_SSL", "PERSIST_STATE"):
        os.environ.pop(variable, None)
    os.environ.update(
        {
            "AUTH": "true",
            "BIND_HOST": HOST,
            "GATEWAY_PORT": port,
            "MINISTACK_HOST": HOST,
            # Root of every account: see workbench/local_cloud/credentials.py. The user's own keys mean nothing here.
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "MINISTACK_BEDROCK_PROXY_URL": model_url.rstrip("/").removesuffix("/v1"),
            "MINISTACK_AUTOCREATE_AWS_MANAGED": "1",
            # Listeners of their own, on every interface.
            "SFTP_ENABLED": "0",
            "IOT_MTLS_ENABLED": "0",
            # Signing keys of user pools are kept there; by default that is a place of all users and all runs.
            "STATE_DIR": str(state),
            "LOG_LEVEL": os.environ.get("LOCAL_CLOUD_LOG_LEVEL", "WARNING").upper(),
        }
    )


def main() -> None:
    """Serve until the parent ends or a signal comes."""
    parent = os.getppid()
    threading.Thread(target=_end_with_parent, args=(parent,), daemon=True).start()
    port, agentcore_url = _required("LOCAL_CLOUD_PORT"), _required("LOCAL_CLOUD_AGENTCORE_URL")
    model_url, access_log = _required("LOCAL_CLOUD_MODEL_URL"), Path(_required("LOCAL_CLOUD_ACCESS_LOG"))
    _configure(port, model_url, access_log.parent / "emulator-state")
    _import_only(_PACKAGE)

    from workbench.local_cloud.emulator import serving

    serving.serve(
        HOST,
        int(port),
        agentcore_url=agentcore_url,
        model_url=model_url,
        access_log=access_log,
        bedrock_url=os.environ.get("LOCAL_CLOUD_BEDROCK_URL"),
        metrics=Path(os.environ["LOCAL_CLOUD_METRICS"]) if os.environ.get("LOCAL_CLOUD_METRICS") else None,
    )


if __name__ == "__main__":
    # This folder must not shadow modules of the environment.
    sys.path.pop(0)
    main()
