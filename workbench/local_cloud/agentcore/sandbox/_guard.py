"""Starts a browser and ends it, with everything it started, as soon as its standard input ends.

This file is the program of a child process: whoever holds the other end of the pipe may be killed at any time, and its
browser goes with it, as does its directory for temporary files. It also ends when the browser does. Arguments: the
browser's command.
"""

import os
import shutil
import signal
import subprocess
import sys
import threading


def _end() -> None:
    shutil.rmtree(os.environ["TMPDIR"], ignore_errors=True)
    # This process leads the group, and ends with it.
    os.killpg(os.getpgrp(), signal.SIGKILL)


def _wait_for_end_of_input() -> None:
    while os.read(0, 1):
        pass
    _end()


def main() -> None:
    """Hold the browser until the pipe breaks."""
    browser = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
    threading.Thread(target=_wait_for_end_of_input, daemon=True).start()
    browser.wait()
    _end()


if __name__ == "__main__":
    main()
