"""Starts the front ends of what is deployed."""

import socket
from collections.abc import Iterator, Sequence
from contextlib import closing
from urllib.parse import urlsplit

from workbench.assembly import CloudAssembly, ImageAsset
from workbench.errors import WorkbenchError
from workbench.local_cloud.environments import ServerEnvironments
from workbench.local_cloud.front_ends.addresses import local_addresses, move_client, user_pools, web_client
from workbench.local_cloud.front_ends.front_end import FrontEnd, Told
from workbench.local_cloud.front_ends.image import PythonImage
from workbench.local_cloud.front_ends.secrets import fetch_secrets
from workbench.local_cloud.front_ends.task import Task, deployed_tasks
from workbench.local_cloud.ports import HOST, free_ports
from workbench.local_cloud.users import READY_USERS, Users
from workbench.local_cloud.workspace import Workspace

_LOOPBACK = frozenset({"localhost", HOST})


def start_front_ends(
    assembly: CloudAssembly,
    endpoint: str,
    *,
    workspace: Workspace,
    environments: ServerEnvironments,
    own_ports: bool = False,
) -> Iterator[FrontEnd]:
    """Start one process for each service that people can reach.

    Args:
        assembly: What was deployed; holds what the images are built from.
        endpoint: Address of the local cloud.
        workspace: Where their files and logs are kept.
        environments: Install what they need.
        own_ports: Whether each gets a free port, even if that of its address is free. Default: only if it is not.

    Yields:
        Each front end as it is started; wait for it.

    Raises:
        WorkbenchError: If one cannot be run here, or its execution role may not do what starting it takes.
    """
    images = [image for stack in assembly.stacks for image in stack.images]
    for task in deployed_tasks(endpoint):
        image = PythonImage.read(_image(task, images))
        python = environments.python(f"front-end-{task.name.lower()}", image.lock, version=image.python)
        told = _told(task, endpoint, own_port=own_ports)
        yield FrontEnd(
            task.name,
            image,
            python,
            told,
            directory=workspace.root / "front-ends" / task.name,
            log=workspace.logs / f"front-end-{task.name.lower()}.log",
        )


def _image(task: Task, images: Sequence[ImageAsset]) -> ImageAsset:
    tag = task.image.rpartition(":")[2]
    found = next((image for image in images if tag in (image.id, *image.tags)), None)
    if found is None:
        raise WorkbenchError(
            f"the service {task.name} runs {task.image}, which is no image asset of this app: the local cloud runs"
            " images from what they are built from, and pulls none"
        )
    return found


def _told(task: Task, endpoint: str, *, own_port: bool) -> Told:
    pools = user_pools(endpoint, task.account, task.region)
    client = web_client(task.variables, pools)
    origins = client.origins if client is not None else ()
    port = free_ports(1)[0] if own_port else _port(origins)
    address = f"http://localhost:{port}"
    if client is not None and origins != (address,):
        move_client(client, address, pools)
    variables = local_addresses(task.variables, endpoint=endpoint, origins=origins, address=address)
    users = Users(endpoint, task.account).make_ready(client.pool, READY_USERS) if client is not None else {}
    return Told({**variables, **fetch_secrets(task, endpoint)}, endpoint, port, users)


def _port(origins: Sequence[str]) -> int:
    """The port of an address on this machine if nobody has it, else a free one."""
    addresses = (urlsplit(origin) for origin in origins)
    wanted = [parts.port for parts in addresses if parts.hostname in _LOOPBACK and parts.port]
    return next(filter(_is_free, wanted), None) or free_ports(1)[0]


def _is_free(port: int) -> bool:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True
