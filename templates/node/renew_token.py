"""Create a new join token (kubeadm's bootstrap token), and store it in SSM for the machines that will join."""

import subprocess
import sys

import machine
from aws import Aws, Refused
from kube import ADMIN
from machine import TOKEN, Failure, say

LIFETIME = "24h0m0s"
"""Four periods of the timer, so machines can still join after three failed renewals in a row."""


def main():
    """Renew the token once."""
    settings = machine.settings()
    made = subprocess.run(
        [
            "kubeadm",
            "token",
            "create",
            "--ttl",
            LIFETIME,
            "--kubeconfig",
            ADMIN,
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    found = TOKEN.search(made.stdout)
    if made.returncode or not found:
        say(f"no new token: {made.stderr.strip() or 'kubeadm printed none'}")
        return 1
    try:
        # If no key is named, SSM takes the account's default key for the new value, whatever key the old one had.
        Aws(settings).overwrite(
            f"{settings['parameters']['join']}/token",
            found.group(0),
            Type="SecureString",
            KeyId=settings["parameterKey"],
        )
    except (Failure, Refused) as error:
        say(f"cannot hand on the new token: {error}")
        return 1
    say(f"token {found.group(1)} is good for {LIFETIME}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
