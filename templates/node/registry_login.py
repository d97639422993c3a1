"""Log in to the cluster's ECR registry: containerd sends the login with each request for an image.

So kubeadm, the kubelet and containerd itself pull from it, in every minor. AWS issues a login for twelve hours.
"""

import json
import sys

import machine
from aws import Aws, Refused
from machine import Failure, say, write

TARGET = "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken"


class Ecr(Aws):
    """The registry's own service."""

    def token(self):
        """The login, in the form of basic authentication."""
        answer = json.loads(self._call("ecr", "{}", "application/x-amz-json-1.1", TARGET))
        return answer["authorizationData"][0]["authorizationToken"]

    def _urls(self, service):
        # Of its two names, only the usual one has `api.` in front.
        start = f"https://{service}.{self.region}.amazonaws"
        return [url.replace(start, f"https://api.{start[8:]}") for url in super()._urls(service)]


def login(registry):
    """Fetch a login and hand it to containerd, which reads the file at each pull."""
    server = f"https://{registry['host']}"
    text = (
        f'server = "{server}"\n[host."{server}"]\ncapabilities = ["pull", "resolve"]\n'
        f'[host."{server}".header]\nAuthorization = ["Basic {Ecr(registry).token()}"]\n'
    )
    write(f"/etc/containerd/certs.d/{registry['host']}/hosts.toml", text, 0o600)


def main():
    """Renew the login."""
    try:
        login(machine.settings()["registry"])
    except (Failure, Refused) as error:
        say(f"no new login for the registry: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
