"""Free ports on the loopback interface."""

import socket
from contextlib import ExitStack

HOST = "127.0.0.1"


def free_ports(count: int) -> tuple[int, ...]:
    """Ports nothing listens on; all different, because they are held until all are chosen.

    Args:
        count: How many.

    Returns:
        The ports.
    """
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) for _ in range(count)]
        for one in sockets:
            one.bind((HOST, 0))
        return tuple(int(one.getsockname()[1]) for one in sockets)
