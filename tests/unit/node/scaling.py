"""Auto Scaling as a machine sees it: its own group, its state there, and the lifecycle hooks that it completes."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

MEMBER = """<member><AutoScalingGroupName>{group}</AutoScalingGroupName><AvailabilityZone>eu-west-1a</AvailabilityZone>
<HealthStatus>HEALTHY</HealthStatus><InstanceId>{instance}</InstanceId>
<LaunchTemplate><LaunchTemplateId>lt-1</LaunchTemplateId><Version>1</Version></LaunchTemplate>
<LifecycleState>{state}</LifecycleState><ProtectedFromScaleIn>false</ProtectedFromScaleIn></member>"""
"""https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DescribeAutoScalingInstances.html"""


@dataclass
class Scaling:
    """The groups of an account."""

    states: dict[str, tuple[str, str]] = field(default_factory=dict)
    """The group and the lifecycle state of each instance that is in a group."""
    later: list[str] = field(default_factory=list)
    """States that come first, one for each question."""
    said: list[tuple[str, ...]] = field(default_factory=list)
    """What machines did with hooks: the action, the hook, the instance, and the result."""
    url: str = ""

    def answer(self, form: dict[str, str]) -> str:
        action = form["Action"]
        if action != "DescribeAutoScalingInstances":
            did = (action, form["LifecycleHookName"], form["InstanceId"])
            result = form.get("LifecycleActionResult")
            self.said.append((*did, result) if result else did)
            return ""
        asked = [value for name, value in form.items() if name.startswith("InstanceIds.member.")]
        early = self.later.pop(0) if self.later else None
        return "".join(
            MEMBER.format(group=group, instance=instance, state=early or state)
            for instance, (group, state) in self.states.items()
            if instance in asked
        )


@contextmanager
def served(scaling: Scaling) -> Iterator[Scaling]:
    """Serve it on a port of its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            text = scaling.answer({name: value[0] for name, value in parse_qs(body).items()})
            self.send_response(200)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    scaling.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield scaling
    server.shutdown()
    server.server_close()
