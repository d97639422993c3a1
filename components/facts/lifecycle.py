"""The lifecycle hooks of every group of workers, which a machine completes by itself; and how statuses begin.

https://docs.aws.amazon.com/autoscaling/ec2/userguide/lifecycle-hooks.html
"""

JOINED = "joined"
"""The hook of a launch. The machine completes it when its node is Ready. If it never does, AWS ends the machine."""

LEFT = "left"
"""The hook of a termination. The machine completes it when its pods have left. If it never does, AWS ends it all the same."""

HAS_JOINED = "joined"
"""The beginning of the status of a machine that became a node."""

HANDS_OVER = "joined, and leaves etcd by itself"
"""The beginning of the status of a control plane that leaves etcd when it is terminated: `templates/node/control_plane.py`."""

FOLLOWS = "joined; upgrade to"
"""The beginning of its status while it follows a plan, and when it has failed to: `templates/node/upgrade.py`. Every program that
follows a plan leaves etcd by itself."""

SILENT = "has said nothing yet"
"""What is shown in place of the status of a machine that has written none."""
