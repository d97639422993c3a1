"""What an operator reads of a bootstrap: the reason in one line and one parameter, and no secret anywhere."""

import re
from pathlib import Path

from tests.unit.node.conftest import TOKEN, Cluster

SAYS = f"""[preflight] Running pre-flight checks
error execution phase preflight: [preflight] Some fatal errors occurred:
\t[ERROR Port-6443]: Port 6443 is in use
the token is {TOKEN}
-----BEGIN RSA PRIVATE KEY-----
MIIsecretMIIsecretMIIsecret
-----END RSA PRIVATE KEY-----
To see the stack trace of this error execute with --v=5 or higher
"""


def test_a_failure_is_one_line_in_the_log_and_one_parameter(cluster: Cluster):
    machine = cluster.control_plane()
    machine.arrange("kubeadm init", {"exit": 1, "complains": SAYS})

    ended = machine.run()

    reason = (
        "failed, attempt 1: kubeadm init: error execution phase preflight: [preflight] Some fatal errors occurred:; "
        "[ERROR Port-6443]: Port 6443 is in use (exit 1)"
    )
    assert ended.returncode == 1
    assert cluster.status(machine) == reason
    assert ended.stdout.splitlines()[-1] == f"bootstrap {reason}"


def test_each_attempt_says_its_number_and_success_replaces_the_reason(cluster: Cluster):
    machine = cluster.control_plane()
    machine.arrange("kubeadm init", {"exit": 1}, {"exit": 1})

    machine.run()
    machine.run()
    second = cluster.status(machine)
    machine.run()

    assert second == "failed, attempt 2: kubeadm init: it said nothing (exit 1)"
    assert cluster.status(machine) == "joined, and leaves etcd by itself"


def test_a_script_that_fails_says_why(cluster: Cluster):
    machine = cluster.worker()
    script = machine.root / "prepare"
    script.write_text(
        "#!/bin/sh\necho preparing\necho 'error: the kernel lacks a sysctl' >&2\nexit 1\n"
    )
    script.chmod(0o755)
    node = machine.root / "etc/dualstack/node.json"
    node.write_text(node.read_text().replace('"scripts": []', f'"scripts": ["{script}"]'))

    machine.run()

    assert (
        cluster.status(machine)
        == f"failed, attempt 1: {script}: error: the kernel lacks a sysctl (exit 1)"
    )


def test_a_parameter_that_never_comes_is_named(cluster: Cluster):
    machine = cluster.worker()
    cluster.ssm.delete_parameter(Name=f"/dualstack/{cluster.name}/join/token")

    machine.run_out_of_patience()

    assert cluster.status(machine) == (
        f"failed, attempt 1: SSM has no /dualstack/{cluster.name}/join/token after 900 seconds; "
        "did `pulumi up` end well?"
    )


def test_an_instance_without_an_ipv6_address_says_so(cluster: Cluster):
    machine = cluster.worker()
    machine.metadata.values["ipv6"] = ""

    machine.run_out_of_patience()

    assert cluster.status(machine) == (
        "failed, attempt 1: instance metadata has no ipv6 after 300 seconds; "
        "does the subnet have an IPv6 range, and the interface an address?"
    )


def test_an_address_that_no_interface_has_is_named(cluster: Cluster):
    machine = cluster.worker()
    machine.metadata.values["ipv6"] = "2001:db8::1"

    machine.run_out_of_patience()

    assert (cluster.status(machine) or "").startswith(
        "failed, attempt 1: no interface has 2001:db8::1 after 300 seconds"
    )


def test_what_nobody_foresaw_is_reported_too(cluster: Cluster):
    machine = cluster.worker()
    (machine.root / "etc/dualstack/kubeadm/join.yaml").unlink()
    cluster.api_up.set()

    machine.run()

    assert (cluster.status(machine) or "").startswith("failed, attempt 1: FileNotFoundError: ")


def test_no_secret_leaves_a_control_plane(cluster: Cluster):
    machine = cluster.control_plane()
    machine.arrange("kubeadm init", {"exit": 1, "says": SAYS, "complains": SAYS})
    machine.arrange("kubeadm token", {"says": "fedcba.fedcba9876543210\n"})

    told = [machine.run().stdout, cluster.status(machine) or "", machine.run().stdout]
    told += [machine.run("renew_token.py").stdout]
    told += [
        str([call["arguments"] for call in machine.calls(name)])
        for name in ("kubeadm", "systemctl", "kubectl")
    ]
    told += [str(call["environment"]) for call in machine.calls()]

    shown = "\n".join(told)
    assert "abcdef.[secret]" in shown
    assert "To see the stack trace" in told[0]
    for secret in ("0123456789abcdef\n", TOKEN, "fedcba9876543210", "MIIsecret", "session"):
        assert secret not in shown


def test_a_token_and_keys_lie_nowhere_but_in_their_files(cluster: Cluster):
    machine = cluster.control_plane()
    machine.run()

    holding = {
        str(file.relative_to(machine.root))
        for file in machine.root.rglob("*")
        if file.is_file() and re.search(f"{TOKEN}|MIIsecret", file.read_text())
    }

    assert holding == {
        # The notes of the kubeadm that takes notes.
        "calls",
        *(
            f"etc/kubernetes/pki/{key}"
            for key in ("ca.key", "etcd/ca.key", "front-proxy-ca.key", "sa.key", "sa.pub")
        ),
    }


def test_a_file_is_never_open_to_others_while_it_is_written(
    machine_module, tmp_path: Path, monkeypatch
):
    monkeypatch.setattr(machine_module, "ROOT", tmp_path)
    seen: list[int] = []
    replace = Path.replace
    monkeypatch.setattr(
        Path,
        "replace",
        lambda self, target: (seen.append(self.stat().st_mode & 0o777), replace(self, target))[1],
    )

    machine_module.write("/secret", "text", 0o600)

    assert seen == [0o600]
    assert (tmp_path / "secret").read_text() == "text"
