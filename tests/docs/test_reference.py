"""The tables of the reference pages, held against the code that they describe."""

import ast
import fnmatch
import re

import pytest

from components import catalog, firewall, roles, traffic
from components.cluster import Cluster
from components.config.check import SpecError
from components.facts import ssm_paths, versions
from components.facts.choices import Cni
from components.permissions import deployment, stack_states
from components.rules import load
from components.spec import Spec
from docs import outputs
from tests.docs.pages import DOCS, ROOT, code, section, table

REFERENCE = DOCS / "reference"
CLUSTER = "example"


# outputs


def exported() -> list[str]:
    """What the program exports, in its order."""
    program = ast.parse((ROOT / "__main__.py").read_text())
    return [
        call.args[0].value
        for call in ast.walk(program)
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "pulumi.export"
    ]


def test_the_outputs_of_a_stack_are_those_that_the_program_exports():
    page = [code(cell)[0] for cell, *_ in table(REFERENCE / "outputs.md", "Of a stack")]

    assert page == exported()


def test_the_outputs_of_components_are_those_that_their_classes_declare():
    assert outputs.PAGE.read_text() == outputs.page(), "run `make fields`"


# ports


@pytest.mark.parametrize("cni", Cni)
def test_the_rows_of_the_firewall_are_those_of_its_table(cni):
    rows = table(REFERENCE / "ports.md", "Into a group")
    page = {tuple(row[:5]) for row in rows if row[5] == "any" or cni in row[5].split(", ")}

    made = {
        (rule.group, rule.purpose, rule.source, str(rule.traffic), str(rule.in_ipv6))
        for rule in traffic.rules(cni)
    }

    assert page == made
    assert len(rows) == len({tuple(row) for row in rows})


def test_what_leaves_a_group_is_what_the_component_allows(deploy):
    args = {
        "vpc_id": "vpc-1",
        "vpc_ipv4_range": "10.0.0.0/16",
        "vpc_ipv6_range": "2600:1f14:db8::/56",
        "cluster_name": CLUSTER,
        "cni": "flannel",
        "allowed_cidrs": ["192.0.2.0/24", "2001:db8::/32"],
    }
    deployment = deploy(lambda: firewall.Firewall("net", args))

    families: dict[tuple[str, str], list[str]] = {}
    for rule in deployment.all("SecurityGroupEgressRule").values():
        group = rule["securityGroupId"].removeprefix("SecurityGroup net-")
        referenced = rule.get("referencedSecurityGroupId", "").removeprefix("SecurityGroup net-")
        ports = traffic.Traffic(rule["ipProtocol"], rule.get("fromPort"), rule.get("toPort"))
        anywhere = {rule.get("cidrIpv4"), rule.get("cidrIpv6")} & {"0.0.0.0/0", "::/0"}
        assert referenced or anywhere
        both = 2 if referenced else 1
        families.setdefault((group, referenced or "anywhere"), []).extend([str(ports)] * both)

    page = table(REFERENCE / "ports.md", "Out of a group")
    assert {(out, to, *allowed) for (out, to), allowed in families.items()} == set(map(tuple, page))


# roles

WHEN = {
    "always": {},
    "`nodes.sessionManager`": {"session_manager": False},
}
"""What turns a statement off, by what the page says of when it is there."""

LEAST = {"cloud_provider": "none", "session_manager": False}

TABLES = (
    ("Control planes", roles.Role.CONTROL_PLANE, {"cloud_provider": "none"}),
    ("Workers", roles.Role.WORKER, {}),
    ("The cloud controller", roles.Role.CONTROL_PLANE, {**LEAST, "cloud_provider": "external"}),
    (
        "The AWS Load Balancer Controller",
        roles.Role.CONTROL_PLANE,
        {**LEAST, "load_balancer_controller": True},
    ),
    ("The EBS CSI driver", roles.Role.CONTROL_PLANE, {**LEAST, "ebs_csi": True}),
    (
        "The cluster autoscaler",
        roles.Role.CONTROL_PLANE,
        {**LEAST, "cluster_autoscaler": True},
    ),
)
"""Each table of statements, its role and the settings that have them."""


def statements(role, **settings) -> dict:
    """The statements of a role, by their names."""
    spec = roles.RolesSpec(region="eu-west-1", cluster_name=CLUSTER, **settings)
    more = roles.of_controllers(spec) if role is roles.Role.CONTROL_PLANE else []
    return {found["Sid"]: found for found in [*roles.policy(role, spec)["Statement"], *more]}


def actions(name: str, cell: str) -> list[str]:
    """The actions of a statement: those in its cell, or the list that the cell counts and links to."""
    if "](#" not in cell:
        return code(cell)
    assert f"](#{name.lower()})" in cell
    listed = code(section(REFERENCE / "iam.md", name))
    assert cell.startswith(f"[{len(listed)} actions]")
    return listed


def resources(statement: dict) -> list[str]:
    """The resources of a statement, without what the page leaves out."""
    prefix = rf"arn:aws:[a-z0-9]+:eu-west-1:\*:(parameter/dualstack/{CLUSTER}/)?"
    return [re.sub(prefix, "", resource) for resource in statement["Resource"]]


def condition(statement: dict) -> str:
    """The condition of a statement in the page's words."""
    given = dict(statement.get("Condition", {}))
    equal = dict(given.pop("StringEquals", {}))
    kept = given.pop("Null", None)
    assert not given
    match sorted(equal):
        case []:
            return "none"
        case ["iam:AWSServiceName"]:
            return f"`{equal['iam:AWSServiceName']}`"
        case [tag] if tag == f"aws:ResourceTag/kubernetes.io/cluster/{CLUSTER}":
            assert equal[tag] == "owned"
            return "machine's"
        case [tag] if tag == f"aws:ResourceTag/k8s.io/cluster-autoscaler/{CLUSTER}":
            assert equal[tag] == "owned"
            return "pool's"
        case [tag] if tag.startswith("aws:ResourceTag/"):
            assert equal[tag] == CLUSTER
            requested = tag.replace("Resource", "Request")
            assert kept in (None, {requested: "true"})
            return "own, tag kept" if kept else "own"
        case [tag, *creation] if tag.startswith("aws:RequestTag/"):
            assert equal[tag] == CLUSTER
            return "new, on creation" if creation else "new"
    raise AssertionError(equal)


@pytest.mark.parametrize(("heading", "role", "settings"), TABLES, ids=[row[0] for row in TABLES])
def test_each_statement_of_a_role_is_in_its_table(heading, role, settings):
    always = statements(role, **LEAST)
    of_machines = heading in ("Control planes", "Workers")
    made = {
        name: statement
        for name, statement in statements(role, **settings).items()
        if of_machines or name not in always
    }

    page = table(REFERENCE / "iam.md", heading)
    assert {
        code(name)[0]: (actions(code(name)[0], cell), code(on)) for name, cell, on, *_ in page
    } == {name: (statement["Action"], resources(statement)) for name, statement in made.items()}
    assert {name for name, statement in made.items() if statement["Effect"] == "Deny"} == {
        code(name)[0] for name, *_ in page if "`Never" in name
    }
    if not of_machines:
        assert {code(name)[0]: row[0] for name, _, _, *row in page} == {
            name: condition(statement) for name, statement in made.items()
        }
        tags = re.findall(
            r"/((?:elbv2|ebs|k8s)[^']*)'", str(made).replace(f"/{CLUSTER}", "/<cluster>")
        )
        for tag in tags[:1]:
            assert f"`{tag}`" in section(REFERENCE / "iam.md", heading)


@pytest.mark.parametrize(("heading", "role"), [row[:2] for row in TABLES[:2]])
def test_a_statement_is_there_when_the_page_says_so(heading, role):
    least, usual = statements(role, **LEAST), statements(role)
    for cell, _, _, when, *_ in table(REFERENCE / "iam.md", heading):
        (name,) = code(cell)
        assert name in usual
        assert (name in least) == (when == "always"), name
        assert (name in statements(role, **WHEN[when])) == (when == "always"), name


@pytest.mark.parametrize("role", roles.Role)
def test_the_statements_for_a_registry_in_ecr_are_in_their_table(role):
    repository = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/k8s"
    plain, found = statements(role), statements(role, image_repository=repository)

    assert {
        name: (statement["Action"], statement["Resource"])
        for name, statement in found.items()
        if name not in plain
    } == {
        code(name)[0]: (code(cell), code(on))
        for name, cell, on, _ in table(REFERENCE / "iam.md", "A registry in ECR")
    }


# roles of CI's jobs

STATES, KEY = "states", "key"
NAMED = {"StringLike": {"aws:RequestTag/Name": ["prod", "prod-*"]}}
OWN_PARAMETERS = "arn:aws:ssm:eu-west-1:*:parameter/dualstack/prod/*"
CONDITIONS = {
    "none": None,
    "through S3": {"StringEquals": {"kms:EncryptionContext:aws:s3:arn": f"arn:aws:s3:::{STATES}"}},
    "own stacks": {"StringEquals": {"kms:EncryptionContext:stack": ["prod"]}},
    "own parameters": {"StringLike": {"kms:EncryptionContext:PARAMETER_ARN": [OWN_PARAMETERS]}},
    "new": NAMED,
    "new, on creation": {**NAMED, "Null": {"ec2:CreateAction": "false"}},
    "new, without a name": {**NAMED, "Null": {"aws:ResourceTag/Name": "true"}},
    "its tags": {
        "ForAllValues:StringLike": {
            "aws:TagKeys": ["kubernetes.io/cluster/prod", "kubernetes.io/role/*"]
        },
        "Null": {"aws:TagKeys": "false"},
    },
    "through EC2": {"StringEquals": {"kms:ViaService": "ec2.eu-west-1.amazonaws.com"}},
    "own": {"StringLike": {"aws:ResourceTag/Name": ["prod", "prod-*"]}},
}
"""What each word of the page means in a policy."""


def of_jobs(heading: str) -> dict[str, dict[str, list[dict]]]:
    """The statements of one heading by role, then by name."""
    target = deployment.Target("eu-west-1", "prod", "diskKmsKeyArn")
    region = "eu-west-1"
    if heading == "Of a state":
        read = stack_states.read_states(region, STATES, KEY, ["prod"])
        write = stack_states.write_state(region, STATES, KEY, "dualstack", "prod")
    else:
        read = deployment.see([target])
        write = [*read, *deployment.change(target)]
    return {
        role: {one["Sid"]: one for one in found}
        for role, found in (("read", read), ("write", write))
    }


def without_place(arn: str) -> str:
    """An ARN without its service, region and account."""
    return re.sub(r"^arn:aws:[a-z0-9]+:(eu-west-1)?:\*?:", "", arn)


@pytest.mark.parametrize("heading", ["Of a state", "Of a cluster"])
def test_each_statement_of_the_roles_of_jobs_is_in_its_table(heading):
    made = of_jobs(heading)
    page = table(REFERENCE / "iam.md", heading)

    for role, found in made.items():
        assert [code(name)[0] for name, whose, *_ in page if whose in (role, "both")] == [*found]
    for cell, whose, listed, on, condition, _ in page:
        (name,) = code(cell)
        statement = made["read" if whose == "both" else whose][name]
        if "column" not in listed:
            assert code(listed) == statement["Action"], name
        assert code(on) == [*dict.fromkeys(map(without_place, statement["Resource"]))], name
        given = statement.get("Condition")
        if services := code(condition):
            assert [*given["StringEquals"].values()] == [services], name
        else:
            assert given == CONDITIONS[condition], name


# CI


def test_the_page_of_ci_names_every_module_of_tests_of_workflows():
    page = (DOCS / "how-to/run-in-ci.md").read_text()

    named = set(re.findall(r"tests/workflows/(test_\w+\.py)", page))
    assert named == {path.name for path in (ROOT / "tests/workflows").glob("test_*.py")}


# SSM parameters


def permitted(role, *actions: str) -> set[str]:
    """The paths of the page on which a role has one of the actions, and no denial of it."""
    found = statements(role).values()
    arn = f"arn:aws:ssm:eu-west-1:*:parameter{ssm_paths.ROOT}/{CLUSTER}/"

    def covers(effect: str, path: str, action: str) -> bool:
        return any(
            fnmatch.fnmatch(arn + path, resource.replace("[", "[[]"))
            for statement in found
            if statement["Effect"] == effect
            for pattern in statement["Action"]
            if fnmatch.fnmatch(action, pattern)
            for resource in statement["Resource"]
        )

    return {
        path
        for path in parameters()
        for action in actions
        if covers("Allow", path, action) and not covers("Deny", path, action)
    }


def parameters() -> dict[str, list[str]]:
    """The rows of the page by path."""
    return {code(path)[0]: row for path, *row in table(REFERENCE / "ssm-parameters.md", "Paths")}


def test_the_paths_of_the_page_are_those_that_the_code_names():
    named = [
        *(ssm_paths.pki_file(CLUSTER, file) for file in ssm_paths.PKI_FILES),
        f"{ssm_paths.encryption_folder(CLUSTER)}/<key>",
        *(ssm_paths.service_account_key(CLUSTER, "<key>", half) for half in ("key", "pub")),
        f"{ssm_paths.plan_folder(CLUSTER)}/<part>",
        ssm_paths.reached(CLUSTER),
        ssm_paths.backup_bucket(CLUSTER),
        ssm_paths.issuer(CLUSTER),
        *(name(CLUSTER) for name in (ssm_paths.api_host, ssm_paths.ca_hash, ssm_paths.token)),
        *(f"{ssm_paths.programs_folder(CLUSTER, role)}/<part>" for role in roles.Role),
        *(f"{ssm_paths.leader_folder(CLUSTER)}/<hash>{end}" for end in ("", "-2", "-done")),
        ssm_paths.restore(CLUSTER, "<hash>"),
        *(f"{ssm_paths.leader_folder(CLUSTER)}/<hash>-<id>{end}" for end in ("", "-<instance>")),
        ssm_paths.running(CLUSTER),
        ssm_paths.present(CLUSTER),
        ssm_paths.running_pool(CLUSTER, "<pool>"),
        ssm_paths.asked_pool(CLUSTER, "<pool>"),
        f"{ssm_paths.status_folder(CLUSTER)}/i-<id>",
        ssm_paths.last_backup(CLUSTER),
        ssm_paths.backup_fault(CLUSTER),
        ssm_paths.etcd_fault(CLUSTER),
    ]

    assert [f"{ssm_paths.ROOT}/{CLUSTER}/{path}" for path in parameters()] == named


def test_what_the_page_says_pulumi_creates_is_what_it_creates(deploy):
    args = {
        "region": "eu-west-1",
        "cluster": {"name": CLUSTER, "kubernetes_version": "1.36"},
        "network": {"zones": ["eu-west-1a"]},
        "api": {"allowed_cidrs": ["198.51.100.0/24", "2001:db8:198::/48"]},
        "workers": {"general": {}},
        "service_account_issuer": {"enabled": True, "key": 2},
    }
    deployment = deploy(lambda: Cluster("whole", args) and None)

    made = {
        re.sub(r"/\d+$", "/<part>", parameter["name"])
        .replace("/pools/general", "/pools/<pool>")
        .replace("/encryption/dualstack-1", "/encryption/<key>")
        .replace("/service-account/2.", "/service-account/<key>.")
        .removeprefix(f"{ssm_paths.ROOT}/{CLUSTER}/"): parameter["type"]
        for parameter in deployment.all("Parameter").values()
    }

    assert {path: row[1] for path, row in parameters().items() if row[2] == "Pulumi"} == made


def test_the_page_says_who_reads_and_writes_a_parameter():
    readers = {
        "control planes": permitted(roles.Role.CONTROL_PLANE, "ssm:GetParameters"),
        "workers": permitted(roles.Role.WORKER, "ssm:GetParameters"),
    }
    writers = {
        "control planes": permitted(roles.Role.CONTROL_PLANE, "ssm:PutParameter"),
        "workers": permitted(roles.Role.WORKER, "ssm:PutParameter"),
    }

    def names(cell: str) -> set[str]:
        both = cell.replace("machines", "control planes, workers")
        return set(both.split(", ")) - {"nobody", "operators", "Pulumi"}

    for path, (_, _, creator, changer, reader) in parameters().items():
        assert {who for who, may in readers.items() if path in may} == names(reader), path
        written = names(creator) | names(changer)
        assert {who for who, may in writers.items() if path in may} == written, path


# add-ons

SECTIONS_OF = {
    "flannel": {"cluster": {"cni": "flannel"}},
    "calico": {"cluster": {"cni": "calico"}},
    "calico-installation": {"cluster": {"cni": "calico"}},
    "cilium": {"cluster": {"cni": "cilium"}},
    "ip-masq-agent": {"cluster": {"cni": "none"}, "addons": {"ipMasqAgent": True}},
    "aws-cloud-controller-manager": {},
    "aws-load-balancer-controller": {"addons": {"loadBalancerController": True}},
    "aws-ebs-csi-driver": {"addons": {"ebsCsi": True}},
    "cluster-autoscaler": {"addons": {"clusterAutoscaler": True}},
    "metrics-server": {"addons": {"metricsServer": True}},
    "node-local-dns": {"addons": {"nodeLocalDns": True}},
    "reader": {"addons": {"reader": True}},
}
"""What a configuration says to have each add-on."""


def installs(addon: str, minor: str) -> bool:
    """Whether a configuration that asks for an add-on is accepted in a minor, and installs it."""
    sections = SECTIONS_OF[addon]
    given = {
        "project": "dualstack",
        "stack": "test",
        "region": "eu-west-1",
        "network": {"zones": ["eu-west-1a"]},
        "api": {"allowedCidrs": ["192.0.2.0/24", "2001:db8::/32"]},
        "addons": sections.get("addons", {}),
        "cluster": {
            "name": CLUSTER,
            "kubernetesVersion": minor,
            # Nothing else may be in the way of the one that is asked for.
            "cni": "none",
            **sections.get("cluster", {}),
        },
    }
    try:
        loaded = load(Spec, given)
    except SpecError:
        return False
    return addon in catalog.installed(loaded)


def test_each_add_on_has_its_row():
    page = [code(row[0])[0] for row in table(REFERENCE / "addons.md", "Add-ons")]

    assert page == list(catalog.ADDONS) == list(SECTIONS_OF)


@pytest.mark.parametrize("addon", SECTIONS_OF)
def test_an_add_on_is_for_the_minors_and_in_the_releases_of_its_row(addon):
    rows = {code(row[0])[0]: row for row in table(REFERENCE / "addons.md", "Add-ons")}
    _, release, minors, _, switch, default = rows[addon]

    accepted = [row.name for row in versions.MINORS.values() if installs(addon, row.name)]
    newest = list(versions.MINORS.values())[-1].name
    ends = (
        f"from {accepted[0]} on" if accepted[-1] == newest else f"{accepted[0]} to {accepted[-1]}"
    )
    assert minors == ends
    assert len(accepted) == int(accepted[-1][2:]) - int(accepted[0][2:]) + 1

    if addon not in ("calico-installation", "reader"):
        pinned = [one.version for one in catalog.ADDONS[addon].releases]
        assert {pinned[0], pinned[-1]} <= set(re.findall(r"\d+\.\d+\.\d+", release))

    fields = Spec.model_fields["addons"].default
    field = re.sub("([A-Z])", r"_\1", code(switch)[0].removeprefix("addons.")).lower()
    assert default == {True: "on", False: "off", None: "on with kubenet"}[getattr(fields, field)]
