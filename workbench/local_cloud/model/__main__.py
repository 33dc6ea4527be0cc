"""Starts the scripted model: `python -m workbench.local_cloud.model --port P [--delay-ms N] [--pace-ms N]`."""

import argparse
from collections.abc import Sequence

import uvicorn

from workbench.local_cloud.agentcore.parent import KEEP_ALIVE_SECONDS, end_with_parent
from workbench.local_cloud.model.app import ScriptedModel

HOST = "127.0.0.1"


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until the parent process ends or a signal comes.

    Args:
        arguments: Command line. Default: the process's own.
    """
    parser = argparse.ArgumentParser(prog="python -m workbench.local_cloud.model", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="port on 127.0.0.1")
    parser.add_argument("--delay-ms", type=float, default=0.0, help="wait before each answer, for load tests")
    parser.add_argument("--pace-ms", type=float, default=0.0, help="wait before each word of a streamed answer")
    options = parser.parse_args(arguments)
    end_with_parent()
    application = ScriptedModel(delay_ms=options.delay_ms, pace_ms=options.pace_ms).application()
    uvicorn.run(
        application,
        host=HOST,
        port=options.port,
        log_level="warning",
        access_log=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )


if __name__ == "__main__":
    main()
