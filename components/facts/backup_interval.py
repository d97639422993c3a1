"""How often control planes keep a snapshot of etcd, and how they show it."""

from datetime import timedelta

EVERY = timedelta(hours=1)
"""The interval of `templates/node/dualstack-backup.timer`."""

LATE = 2 * EVERY + timedelta(minutes=30)
"""The age from which the last snapshot is late: two intervals, and what the timers of two leaders of etcd may differ by."""

KEPT = "dualstack/backup"
"""The annotation of a control plane's Node with the time of the last snapshot that it has kept."""

FAULT = "dualstack/backup-fault"
"""The annotation of a control plane's Node that says when and why it could not keep one, until it keeps another."""
