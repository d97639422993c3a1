"""User data: whole, valid, small, without a secret, and the same for the same spec."""

import ast
import base64
import gzip
import hashlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from components.config.check import SpecError, check
from components.facts.role import Role
from components.facts.versions import MINORS
from components.machine.cloud_config import encoded, literal
from components.machine.fetched_programs import fetched_files
from components.machine.node_files import without_prose
from components.machine.node_settings import dns_suffixes
from components.machine.user_data import control_plane_text, worker_text
from components.rules import load
from components.spec.cluster import Spec
from tests.support.debian import program

NODE = Path(__file__).parents[4] / "templates/node"

LIMIT_BYTES = 10 * 1024
"""EC2 takes 16 KiB; the rest is for patches, an audit policy, files and longer names."""

CLOUD = {
    "region": "eu-west-1",
    "project": "dualstack",
    "stack": "test",
    "network": {"zones": ["eu-west-1a"]},
    "api": {"allowedCidrs": ["192.0.2.0/24", "2001:db8::/32"]},
    "workers": {"general": {}},
}


CLUSTER = {"name": "prod", "kubernetesVersion": "1.37"}


def spec(version: str = "1.37", cni: str = "flannel", **sections: Any) -> Spec:
    """A cluster of one version."""
    cluster = {"name": "prod", "kubernetesVersion": version, "cni": cni}
    return check(Spec, {**CLOUD, "cluster": cluster, **sections})


KINDS = {
    "containerd": spec("1.37"),
    "docker": spec("1.23", "kubenet"),
    "prebaked": spec(
        "1.37",
        software={"prebaked": True, "imageRepository": "registry.example.com/k8s"},
        nodes={"image": "ami-0123456789abcdef0"},
    ),
    "additions": spec(
        "1.37",
        nodes={
            "files": {"/etc/sysctl.d/99-mine.conf": {"content": "net.core.somaxconn = 4096\n"}},
            "packages": ["nfs-common"],
            "preKubeadmCommands": ["sysctl --system"],
        },
        controlPlane={"postKubeadmCommands": ["echo joined\necho done"]},
        workers={
            "general": {
                "files": {"/etc/sysctl.d/99-mine.conf": {"content": "a\n", "mode": "0644"}},
                "preKubeadmCommands": ["blockdev --setra 256 /dev/nvme0n1"],
                "postKubeadmCommands": ["true"],
            }
        },
    ),
    "amazon-linux": spec(
        "1.37",
        nodes={"image": "amazon-linux-2023", "packages": ["nfs-utils"]},
        software={"packageMirror": "https://mirror.example.com/amazonlinux"},
    ),
    "mirror": spec(
        "1.37",
        software={
            "releaseServer": "https://mirror.example.com",
            "imageRepository": "registry.example.com/k8s",
        },
    ),
}
TEXTS = {
    **{f"control-plane-{kind}": control_plane_text(spec) for kind, spec in KINDS.items()},
    **{f"worker-{kind}": worker_text(spec.pool("general")) for kind, spec in KINDS.items()},
}

each_kind = pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)


class PlainFile(SingleFileSnapshotExtension):
    """A file as the machine gets it, to be read in a review."""

    _write_mode = WriteMode.TEXT
    file_extension = "yaml"


@each_kind
def test_user_data_is_what_was_reviewed(text: str, snapshot):
    assert text == snapshot(extension_class=PlainFile)


ROLES = [Role.CONTROL_PLANE if name.startswith("control") else Role.WORKER for name in TEXTS]
"""The role of the machines of each text."""


def files(text: str) -> dict[str, dict[str, str]]:
    """The files of a cloud-config, by path."""
    return {file["path"]: file for file in yaml.load(text, yaml.CSafeLoader)["write_files"]}


# the whole


@each_kind
def test_cloud_init_finds_nothing_to_complain_of(text: str, tmp_path: Path, cloud_init: str):
    config = tmp_path / "user-data"
    config.write_text(text)

    checked = subprocess.run(
        [cloud_init, "schema", "-c", config], capture_output=True, text=True, check=False
    )

    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "Valid" in checked.stdout + checked.stderr


@pytest.fixture(scope="session")
def cloud_init() -> str:
    """The real cloud-init, installed where that is ours to do."""
    return program("cloud-init")


@each_kind
def test_the_same_spec_gives_the_same_bytes(text: str):
    packed = encoded(text)

    assert gzip.decompress(base64.b64decode(packed)).decode() == text
    assert packed == encoded(text)
    # The time of packing would change the bytes with every run.
    assert base64.b64decode(packed)[4:8] == b"\0\0\0\0"


MAXIMAL_POOL = {
    "instanceTypes": ["m7g.large"],
    "labels": {f"example.com/label-{number:02}": f"value-{number:02}" * 4 for number in range(20)},
    "taints": [
        {"key": f"example.com/taint-{number}", "value": "reserved", "effect": "NoSchedule"}
        for number in range(5)
    ],
}


ORDERS = {"v4": ["IPv4", "IPv6"], "v6": ["IPv6", "IPv4"]}
EVERY = [
    *[(minor, order, "flannel") for minor in MINORS for order in ORDERS],
    *[(minor, "v4", "kubenet") for minor in MINORS if minor <= 23],
]


@pytest.mark.parametrize(("minor", "order", "cni"), EVERY)
def test_user_data_leaves_room_in_every_minor(minor: int, order: str, cni: str):
    families = ORDERS[order]
    cluster = {
        "name": "a-cluster-with-a-long-name",
        "kubernetesVersion": f"1.{minor}",
        "cni": cni,
        "ipFamilies": families,
    }
    full = check(Spec, {**CLOUD, "cluster": cluster, "workers": {"general": MAXIMAL_POOL}})

    sizes = [
        len(base64.b64decode(encoded(text)))
        for text in (control_plane_text(full), worker_text(full.pool("general")))
    ]

    assert max(sizes) < LIMIT_BYTES


def test_user_data_that_ec2_would_refuse_is_refused_with_what_to_shorten():
    noise = "".join(hashlib.sha256(bytes([number])).hexdigest() for number in range(256))
    policy = f"# {noise}\napiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{{level: Metadata}}]\n"
    told = control_plane_text(spec(kubeadm={"auditPolicy": policy}))

    with pytest.raises(
        SpecError,
        match=r"kubeadm: a machine would get \d+ bytes of user data, and EC2 takes 16384; shorten auditPolicy or patches",
    ):
        encoded(told)


@each_kind
def test_user_data_holds_no_secret(text: str):
    held = json.dumps(yaml.load(text, yaml.CSafeLoader))

    assert not re.search(r"\b[a-z0-9]{6}\.[a-z0-9]{16}\b", held)
    assert "PRIVATE KEY-----" not in held.replace("-----BEGIN [A-Z ]*", "")
    assert "@TOKEN@" in held
    assert "@CA_HASH@" in held


@each_kind
def test_starting_takes_two_commands_that_end(text: str):
    assert yaml.safe_load(text)["runcmd"] == [
        ["systemctl", "enable", "dualstack-host.service", "dualstack-bootstrap.service"],
        ["systemctl", "start", "--no-block", "dualstack-bootstrap.service"],
    ]


# the files


@each_kind
def test_only_root_reads_documents_and_only_scripts_run(text: str):
    modes: dict[str, set[str]] = {}
    for path, file in files(text).items():
        modes.setdefault(file["permissions"], set()).add(path)

    assert set(modes) == {"0600", "0644", "0755"}
    folders = ("/etc/dualstack/kubeadm/", "/etc/kubernetes/")
    documents = {path for path in modes["0600"] if path.startswith(folders)}
    assert documents
    assert modes["0600"] - documents <= {"/etc/systemd/system/kubelet.service.d/10-kubeadm.conf"}
    assert all(path.endswith(".sh") for path in modes["0755"])
    assert not [file for file in files(text).values() if "owner" in file], "root is the default"


def test_a_machine_is_told_what_its_programs_read():
    settings = json.loads(
        files(TEXTS["control-plane-containerd"])["/etc/dualstack/node.json"]["content"]
    )

    assert settings == {
        "role": "control-plane",
        "region": "eu-west-1",
        "runtime": "containerd",
        "criSocket": "unix:///run/containerd/containerd.sock",
        "apiPort": 6443,
        "scripts": [
            "/usr/local/lib/dualstack/prepare-host.sh",
            "/usr/local/lib/dualstack/install-software.sh",
        ],
        "endpoints": ["eu-west-1.amazonaws.com", "eu-west-1.api.aws"],
        "parameters": {
            "join": "/dualstack/prod/join",
            "status": "/dualstack/prod/status",
            "programs": "/dualstack/prod/programs/control-plane",
            "keys": "/dualstack/prod/control-plane",
            "leader": "/dualstack/prod/leader",
        },
        "parameterKey": "alias/dualstack/prod",
        "primaryFamily": "IPv4",
        "pkiFiles": [
            *("ca.crt", "ca.key", "etcd/ca.crt", "etcd/ca.key"),
            *("front-proxy-ca.crt", "front-proxy-ca.key", "sa.key", "sa.pub"),
        ],
        "etcdPort": 2379,
        "etcdApi": "v3",
        "encryption": {"enabled": True, "keys": ["dualstack-1"]},
        "kubeletCertificates": "verified",
    }


def test_a_worker_is_told_nothing_of_keys_and_elections():
    settings = json.loads(files(TEXTS["worker-containerd"])["/etc/dualstack/node.json"]["content"])

    assert settings["role"] == "worker"
    assert settings["parameters"] == {
        "join": "/dualstack/prod/join",
        "status": "/dualstack/prod/status",
        "programs": "/dualstack/prod/programs/worker",
    }
    assert not [
        path for path in files(TEXTS["worker-containerd"]) if "election" in path or "token" in path
    ]


def test_1_16_asks_etcd_by_the_old_name_of_its_gateway():
    settings = json.loads(
        files(control_plane_text(spec("1.16")))["/etc/dualstack/node.json"]["content"]
    )

    assert settings["etcdApi"] == "v3beta"


def test_ipvs_modules_are_loaded_only_where_kube_proxy_uses_them():
    path = "/etc/modules-load.d/dualstack-modules-ipvs.conf"

    assert path in files(control_plane_text(spec("1.17")))
    assert path in files(control_plane_text(spec("1.30", kubeadm={"proxyMode": "ipvs"})))
    assert path not in files(control_plane_text(spec("1.30")))


def test_an_image_that_holds_everything_keeps_its_own_units_and_settings():
    brought = {
        "/etc/containerd/config.toml",
        "/etc/crictl.yaml",
        "/etc/dualstack/packages",
        "/etc/dualstack/software",
        "/etc/systemd/system/containerd.service",
        "/etc/systemd/system/kubelet.service",
        "/etc/systemd/system/kubelet.service.d/10-kubeadm.conf",
    }

    with_software, without = (
        files(TEXTS["control-plane-containerd"]),
        files(TEXTS["control-plane-prebaked"]),
    )

    assert set(with_software) - set(without) == brought
    settings = json.loads(without["/etc/dualstack/node.json"]["content"])
    assert settings["scripts"] == ["/usr/local/lib/dualstack/prepare-host.sh"]


def test_containerd_takes_the_pause_image_from_where_kubeadm_takes_the_others():
    def image(spec: Spec) -> str:
        config = files(worker_text(spec.pool("general")))["/etc/containerd/config.toml"]["content"]
        return re.findall(r'sandbox_image = "(.*)"', config)[0]

    assert image(KINDS["containerd"]) == "registry.k8s.io/pause:3.10.2"
    assert image(KINDS["mirror"]) == "registry.example.com/k8s/pause:3.10.2"
    assert image(spec("1.20")) == "k8s.gcr.io/pause:3.2"


def test_docker_leaves_addresses_to_kubenet():
    docker = files(TEXTS["worker-docker"])

    assert json.loads(docker["/etc/docker/daemon.json"]["content"])["exec-opts"] == [
        "native.cgroupdriver=systemd"
    ]
    assert "/etc/systemd/system/docker.service" in docker
    assert "/etc/containerd/config.toml" not in docker
    settings = json.loads(docker["/etc/dualstack/node.json"]["content"])
    assert (settings["runtime"], settings["criSocket"]) == ("docker", "/var/run/dockershim.sock")


def test_amazon_linux_has_its_packages_from_dnf_and_its_mirror_as_a_repository():
    told = files(TEXTS["worker-amazon-linux"])

    settings = json.loads(told["/etc/dualstack/node.json"]["content"])
    assert settings["scripts"] == [
        "/usr/local/lib/dualstack/prepare-host.sh",
        "/usr/local/lib/dualstack/dnf-packages.sh",
        "/usr/local/lib/dualstack/install-software.sh",
    ]
    assert told["/etc/dualstack/packages"]["content"] == ""
    assert told["/etc/dualstack/added-packages"]["content"].split() == [
        *("conntrack-tools", "ethtool", "iptables-nft", "socat", "tar", "nfs-utils")
    ]
    assert told["/etc/yum.repos.d/amazonlinux.repo"]["content"].splitlines()[2:] == [
        "baseurl=https://mirror.example.com/amazonlinux",
        "gpgcheck=1",
        "gpgkey=file:///etc/pki/rpm-gpg/RPM-GPG-KEY-amazon-linux-2023",
    ]
    assert "apt:" not in TEXTS["worker-amazon-linux"]


def test_an_image_of_amazon_linux_that_holds_everything_installs_nothing():
    prebaked = spec(
        software={"prebaked": True},
        nodes={"image": "ami-0123456789abcdef0", "imageFamily": "amazon-linux-2023"},
    )

    told = files(worker_text(prebaked.pool("general")))

    settings = json.loads(told["/etc/dualstack/node.json"]["content"])
    assert settings["scripts"] == ["/usr/local/lib/dualstack/prepare-host.sh"]
    assert "/etc/dualstack/added-packages" not in told


@pytest.mark.parametrize("minor", [minor for minor in MINORS if minor >= 25])
def test_amazon_linux_of_every_minor_that_runs_on_it_fits(minor: int):
    full = spec(f"1.{minor}", nodes={"image": "amazon-linux-2023"})
    texts = (control_plane_text(full), worker_text(full.pool("general")))

    assert max(len(base64.b64decode(encoded(text))) for text in texts) < LIMIT_BYTES


def test_a_pools_file_replaces_that_of_all_machines():
    path = "/etc/sysctl.d/99-mine.conf"

    assert files(TEXTS["control-plane-additions"])[path]["content"] == (
        "net.core.somaxconn = 4096\n"
    )
    assert files(TEXTS["worker-additions"])[path]["content"] == "a\n"


def test_additions_take_room_only_where_they_are_used():
    plain, added = (set(files(TEXTS[f"worker-{kind}"])) for kind in ("containerd", "additions"))

    assert added - plain == {
        "/etc/dualstack/added-packages",
        "/etc/sysctl.d/99-mine.conf",
        "/etc/systemd/system/dualstack-bootstrap.service.d/commands.conf",
    }


def test_additions_that_exceed_user_data_are_named_by_their_section():
    noise = "".join(hashlib.sha256(bytes([number])).hexdigest() for number in range(256))
    large = {"/etc/large": {"content": noise}}
    pool = {"general": {"files": large}}

    with pytest.raises(SpecError) as for_pool:
        load(Spec, {**CLOUD, "cluster": CLUSTER, "workers": pool})
    with pytest.raises(SpecError) as for_all:
        load(Spec, {**CLOUD, "cluster": CLUSTER, "nodes": {"files": large}, "workers": {}})

    [of_pool], [of_all] = for_pool.value.faults, for_all.value.faults
    assert (of_pool.path, of_all.path) == ("workers.general", "nodes")
    assert re.match(r"a machine would get \d{5} bytes", of_pool.message)


def test_patches_and_an_audit_policy_arrive_as_they_were_written():
    policy = "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n  - level: Metadata\n"
    patch = '{"spec": {"a": "{{ not a template }}"}}'
    told = spec(kubeadm={"auditPolicy": policy, "patches": {"kube-apiserver0+merge.json": patch}})

    control_plane, worker = (
        files(control_plane_text(told)),
        files(worker_text(told.pool("general"))),
    )

    assert control_plane["/etc/kubernetes/audit-policy.yaml"]["content"] == policy
    assert (
        control_plane["/etc/dualstack/kubeadm/patches/kube-apiserver0+merge.json"]["content"]
        == patch
    )
    assert "/etc/kubernetes/audit-policy.yaml" not in worker


@pytest.mark.parametrize(
    ("region", "suffixes"),
    [
        ("eu-west-1", ("amazonaws.com", "api.aws")),
        ("us-gov-west-1", ("amazonaws.com", "api.aws")),
        ("cn-north-1", ("amazonaws.com.cn", "api.amazonwebservices.com.cn")),
    ],
)
def test_aws_is_asked_at_the_domain_of_the_partition(region: str, suffixes: tuple[str, str]):
    assert dns_suffixes(region) == suffixes


# what carries them


@given(st.text(st.characters(codec="utf-8")))
def test_any_text_comes_out_of_a_cloud_config_as_it_went_in(text: str):
    rendered = f"write_files:\n  - path: x\n    content: {literal(text, 6)}\n"

    assert yaml.safe_load(rendered)["write_files"][0]["content"] == text


@given(
    st.from_regex(
        r"[a-z#:'\"{%-][ -~]{0,20}\n([ \t]{0,4}[!-~][ -~]{0,20}\n|\n){0,6}[!-~]\n", fullmatch=True
    )
)
def test_a_file_of_lines_is_shown_as_lines(text: str):
    assert literal(text, 6).startswith("|\n")
    assert yaml.safe_load(f"content: {literal(text, 2)}\n")["content"] == text


PROGRAMS = sorted(NODE.glob("*.py"))
each_program = pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)


@each_program
def test_programs_lose_their_prose_and_nothing_else(program: Path):
    source = program.read_text()

    told = without_prose(source)

    assert _statements(told) == _statements(source)
    assert '"""' not in told
    assert not re.search(r"^\s*#(?!!/)|# noqa", told, re.MULTILINE)


def _statements(source: str) -> str:
    """What Python does, without docstrings and the stand-in for one."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            node.body = [
                statement
                for statement in node.body
                if not (
                    isinstance(statement, ast.Expr)
                    and isinstance(statement.value, ast.Constant)
                    and (isinstance(statement.value.value, str) or statement.value.value is ...)
                )
            ]
    return ast.dump(tree)


def imported(program: str) -> set[str]:
    """The modules that a program imports."""
    return {
        name.split(".")[0]
        for node in ast.walk(ast.parse(program))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }


@each_program
def test_programs_run_on_the_python_of_the_oldest_image(program: Path):
    ast.parse(program.read_text(), feature_version=(3, 8))

    own = {program.stem for program in PROGRAMS}
    assert imported(program.read_text()) - own <= sys.stdlib_module_names, (
        "only the standard library is there"
    )
    assert not own & sys.stdlib_module_names, "a program must not hide a module of the library"


def test_shellcheck_finds_nothing_in_the_scripts():
    shellcheck = Path(sys.executable).with_name("shellcheck")

    checked = subprocess.run(
        [shellcheck, *sorted(NODE.glob("*.sh"))], capture_output=True, text=True, check=False
    )

    assert checked.returncode == 0, checked.stdout


def test_ruff_finds_nothing_in_the_programs():
    ruff = Path(sys.executable).with_name("ruff")

    checked = subprocess.run([ruff, "check", NODE], capture_output=True, text=True, check=False)

    assert checked.returncode == 0, checked.stdout


each_machine = pytest.mark.parametrize(
    ("text", "role"), [*zip(TEXTS.values(), ROLES, strict=True)], ids=TEXTS
)


def on_machine(text: str, role: Role) -> dict[str, str]:
    """The files of a machine that has fetched its programs, by path."""
    told = {path: file["content"] for path, file in files(text).items()}
    return told | {file.path: file.content for file in fetched_files(role)}


@each_machine
def test_systemd_finds_nothing_in_the_units(text: str, role: Role, tmp_path: Path):
    verify = shutil.which("systemd-analyze") or pytest.fail(
        "systemd-analyze is missing: the tests need a Linux with systemd"
    )
    units: list[Path] = []
    for path, content in on_machine(text, role).items():
        if path.startswith("/etc/systemd/system/"):
            unit = tmp_path / path.removeprefix("/etc/systemd/system/")
            unit.parent.mkdir(exist_ok=True)
            # The programs they start are on the machine, not here.
            unit.write_text(
                re.sub(
                    r"^(Exec\w+=-?)/\S+", rf"\1{shutil.which('true')}", content, flags=re.MULTILINE
                )
            )
            units += [unit] if unit.parent == tmp_path else []

    checked = subprocess.run(
        [verify, "verify", "--man=no", "--generators=no", *units],
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.returncode == 0, checked.stderr
    assert str(tmp_path) not in checked.stderr, checked.stderr


@each_machine
def test_each_program_a_unit_starts_is_among_the_files(text: str, role: Role):
    told = on_machine(text, role)

    started = {
        word
        for path, content in told.items()
        if path.startswith("/etc/systemd/system/dualstack-")
        for word in re.findall(r"/usr/local/lib/dualstack/\S+", content)
    }

    assert started
    assert started <= set(told)


@each_machine
def test_the_programs_that_a_machine_fetches_import_only_what_it_has(text: str, role: Role):
    told = on_machine(text, role)
    have = {Path(path).stem for path in told if path.endswith(".py")}

    missing = {
        f"{path} imports {name}"
        for path, content in told.items()
        if path.endswith(".py")
        for name in imported(content)
        if name not in have | sys.stdlib_module_names
        # The bootstrap imports those of its role.
        and name not in (["worker"] if role is Role.CONTROL_PLANE else ["control_plane", "plan"])
    }

    assert missing == set()


@each_kind
def test_user_data_can_fetch_the_programs_by_itself(text: str):
    told = {Path(path).name: file["content"] for path, file in files(text).items()}
    needed = ["fetch.py"]
    for name in needed:
        needed += [
            f"{module}.py"
            for module in imported(told[name])
            if f"{module}.py" not in needed
            and module not in sys.stdlib_module_names
            # Only a machine behind a proxy has and needs it.
            and module != "proxy"
        ]

    assert set(needed) == {"fetch.py", "attempts.py", "aws.py", "imds.py", "machine.py"}


def test_every_program_of_the_folder_is_on_some_machine():
    fetched = {Path(file.path).name for role in Role for file in fetched_files(role)}
    told = {Path(path).name for text in TEXTS.values() for path in files(text)}

    assert {program.name for program in PROGRAMS} <= fetched
    assert {script.name for script in NODE.glob("*.sh")} <= fetched | told


def test_a_machine_that_joined_never_does_it_again():
    unit = files(TEXTS["worker-containerd"])["/etc/systemd/system/dualstack-bootstrap.service"][
        "content"
    ]

    assert "ConditionPathExists=!/var/lib/dualstack/joined\n" in unit
    assert "Restart=on-failure\n" in unit
