"""Runs the web applications that templates describe as services of Amazon ECS.

Stand-in for AWS Fargate and the load balancer: one process of this machine for each service, started from what its
container image is built from, told exactly what its container would be told.
"""

from workbench.local_cloud.front_ends.front_end import FrontEnd
from workbench.local_cloud.front_ends.starting import start_front_ends

__all__ = ["FrontEnd", "start_front_ends"]
