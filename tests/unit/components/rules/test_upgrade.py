"""Another version of a cluster that runs: which is refused, and in which words."""

from typing import Any

import pytest

from components.catalog.releases import CILIUM
from components.facts.versions import MINORS
from components.machine.settled import VERSION
from components.rules.upgrade import Standing, announcement, cautions, refused, skipped


def faults(
    at: str,
    asked: str,
    standing: Standing | None = None,
    *,
    cni: str = "flannel",
    installs_cni: bool = True,
    made: str | None = None,
    **more: Any,
) -> list[str]:
    """The words about a cluster whose control planes are at one version, where another is asked for."""
    first = {VERSION: made or at, "cluster.cni": cni}
    standing = standing or Standing(at, at)
    found = [*refused(first, {VERSION: asked}, standing, installs_cni=installs_cni, **more)]
    assert {fault.path for fault in found} <= {VERSION}
    return [fault.message for fault in found]


@pytest.mark.parametrize(
    ("at", "asked"),
    [
        ("1.36.5", "1.36.5"),
        ("1.36.5", "1.37.2"),
        ("1.36.5", "1.36.6"),
        ("1.36.5", "1.36.4"),
        ("1.20.15", "1.21.14"),
    ],
)
def test_the_next_minor_and_every_patch_are_possible(at, asked):
    assert faults(at, asked) == []


BAKED = (
    "control planes change their software where they are, and with software.prebaked they install none. Take prebaked out: they "
    "install {0} over what the image holds. When `python -m dualstack status` shows that all have reached it, name an image that "
    "holds it, with prebaked again"
)


@pytest.mark.parametrize(
    ("at", "asked"), [("1.36.5", "1.37.2"), ("1.36.5", "1.36.6"), ("1.36.5", "1.36.4")]
)
def test_machines_that_install_nothing_go_to_no_other_version(at, asked):
    assert faults(at, asked, prebaked=True) == [
        f"{asked} is asked for and the cluster runs {at}; {BAKED.format(asked)}"
    ]


def test_a_version_on_the_way_to_which_machines_install_nothing_is_refused_until_they_do():
    standing = Standing("1.36.5", planned="1.37.2")

    assert faults("1.36.5", "1.37.2", standing, prebaked=True) == [
        f"1.37.2 is asked for and the cluster runs 1.36.5; {BAKED.format('1.37.2')}"
    ]
    assert faults("1.36.5", "1.37.2", standing) == []


def test_machines_that_install_nothing_keep_their_version():
    assert faults("1.36.5", "1.36.5", prebaked=True) == []


def test_machines_with_docker_are_not_upgraded():
    assert faults("1.22.17", "1.23.17", cni="kubenet") == [
        "1.23.17 is asked for and the cluster runs 1.22.17; machines with kubenet run Docker, whose containers control planes do not "
        "restart by themselves. Keep 1.22, or make a second cluster"
    ]


def test_several_minors_are_refused_with_the_chain_to_go():
    assert faults("1.34.12", "1.37.2") == [
        "1.37.2 is asked for and the cluster runs 1.34.12; Kubernetes goes up by one minor at a time. Write 1.35, 1.36, 1.37 one "
        "after the other, and after each run `pulumi up` until it ends"
    ]


def test_an_older_minor_is_refused_with_the_way_back():
    assert faults("1.37.2", "1.36.5") == [
        "1.36.5 is asked for and the cluster runs 1.37.2; control planes that run cannot go back, because an older API server cannot "
        "read what etcd holds. Keep 1.37, or go back to a snapshot of etcd that 1.36 has written, on new control planes: terminate all "
        "control planes, ask for the snapshot by `python -m dualstack restore`, and run `pulumi up --refresh` at 1.36"
    ]


def test_control_planes_that_never_said_what_they_reached_are_not_upgraded():
    assert faults("1.36.5", "1.37.2", Standing()) == [
        "1.37.2 is asked for and the cluster runs 1.36.5; its control planes have not said that they are what the stack wants. "
        "Run `pulumi up` at 1.36 first, and wait until `python -m dualstack status` shows what they have reached. Machines of an "
        "earlier program never say it: replace them, one at a time"
    ]


def test_the_first_minors_are_not_upgraded_because_their_services_are_of_another_form():
    assert faults("1.19.16", "1.20.15") == [
        "1.20.15 is asked for and the cluster runs 1.19.16; a cluster is upgraded from 1.20 on, because 1.20 cannot read the "
        "dual-stack Services of earlier minors. Keep 1.19, or make a second cluster"
    ]


def test_what_control_planes_reached_goes_before_what_they_were_made_with():
    assert faults("1.35.8", "1.37.2", Standing("1.36.5", "1.36.5")) == []


def test_an_upgrade_that_has_begun_is_ended_first():
    half = Standing(reached="1.36.5", digest="changing", planned="1.37.2")

    assert faults("1.36.5", "1.37.2", half) == []
    assert faults("1.36.5", "1.36.5", half) == [
        "1.36.5 is asked for, and an upgrade from 1.36.5 to 1.37.2 has begun: its API servers may have written what others "
        "cannot read. Keep 1.37, and run `pulumi up` until it ends"
    ]


@pytest.mark.parametrize("digest", ["begun", "0" * 64])
def test_an_upgrade_in_which_no_api_server_has_restarted_can_be_taken_back(digest):
    begun = Standing(reached="1.36.5", digest=digest, planned="1.37.2")

    assert faults("1.36.5", "1.36.5", begun) == []
    assert faults("1.36.5", "1.37.2", begun) == []
    assert faults("1.36.5", "1.35.8", begun) == faults("1.36.5", "1.35.8")


NEWER = (
    "1.36.5 is asked for, and 1.99.0 is what the cluster has, which this version of the program does not know: it knows 1.16 to "
    "1.37. Run the version that has brought the cluster there, or a later one"
)


def test_a_cluster_of_a_newer_program_is_left_alone():
    assert faults("1.99.0", "1.36.5") == [NEWER]
    assert faults("1.36.5", "1.36.5", Standing("1.36.5", planned="1.99.0")) == [NEWER]
    assert faults("1.36.5", "1.36.5", made="1.99.0") == [NEWER]
    assert faults("1.36.5", "1.36.5", pools={"web": "1.99.0"}) == [NEWER]


def test_a_patch_that_does_not_exist_is_corrected_in_the_middle_of_an_upgrade():
    assert faults("1.36.5", "1.37.2", Standing(reached="1.36.5", planned="1.37.99")) == []


def test_a_record_that_lacks_the_version_says_nothing():
    assert [*refused({}, {VERSION: "1.37.2"}, Standing(), installs_cni=True)] == []


def test_cilium_that_would_jump_over_its_minors_is_refused_with_its_steps():
    [said] = faults("1.32.13", "1.33.13", cni="cilium")

    assert said == (
        "1.33.13 is asked for and the cluster runs 1.32.13; Cilium would go from 1.18 to 1.20, and its makers upgrade it by one "
        "minor at a time. Remove its release from the state (`pulumi state delete`), turn addons.cni off, and bring it through "
        "1.19, 1.20 by its makers' steps first"
    )
    assert faults("1.32.13", "1.33.13", cni="cilium", installs_cni=False) == []
    assert faults("1.31.14", "1.32.13", cni="cilium") == []


def test_a_pool_whose_kubelets_would_be_too_old_is_refused_with_the_way():
    assert faults("1.36.5", "1.37.2", pools={"batch": "1.33.13", "web": "1.36.5"}) == [
        "1.37.2 is asked for and the cluster runs 1.36.5; the machines of pool batch are of 1.33.13, and kubelets of that version may "
        "be 3 minors older than an API server. Run `pulumi up` at 1.36 until it has replaced them, or take the pool out"
    ]


@pytest.mark.parametrize(
    ("at", "asked", "kubelet", "possible"),
    [
        ("1.36.5", "1.37.2", "1.34.12", True),
        ("1.27.16", "1.28.15", "1.25.16", True),
        ("1.26.15", "1.27.16", "1.25.16", True),
        ("1.26.15", "1.27.16", "1.24.17", False),
        ("1.27.16", "1.28.15", "1.24.17", False),
    ],
)
def test_kubelets_may_be_three_minors_older_from_1_25_on_and_two_before(
    at, asked, kubelet, possible
):
    assert (faults(at, asked, pools={"web": kubelet}) == []) is possible


def test_machines_of_ubuntu_20_04_get_another_image_before_1_26():
    assert faults("1.25.16", "1.26.15", made="1.24.17", keeps_image=True) == [
        "1.26.15 is asked for and the cluster runs 1.25.16; machines that were made with 1.24 run Ubuntu 20.04, whose C library is too "
        "old for containerd 2.3.4. Write nodes.newestImage: true at 1.25, and run `pulumi up` until it has moved control planes and "
        "pools to Ubuntu 24.04"
    ]


@pytest.mark.parametrize(
    ("at", "asked", "made", "keeps_image"),
    [
        ("1.25.16", "1.26.15", "1.25.16", True),
        ("1.25.16", "1.26.15", "1.24.17", False),
        ("1.24.17", "1.25.16", "1.24.17", True),
        ("1.35.8", "1.36.5", "1.30.14", True),
    ],
    ids=["made with 24.04", "moved", "20.04 still does", "long after"],
)
def test_machines_whose_image_does_keep_it(at, asked, made, keeps_image):
    assert faults(at, asked, made=made, keeps_image=keeps_image) == []


def test_all_reasons_against_a_hop_are_said_at_once():
    assert len(faults("1.32.13", "1.33.13", Standing(), cni="cilium")) == 2


@pytest.mark.parametrize(
    ("was", "wanted", "expected"),
    [
        (26, 27, ["1.13", "1.14", "1.15", "1.16"]),
        (29, 30, ["1.16", "1.17", "1.18"]),
        (32, 33, ["1.18", "1.19", "1.20"]),
        (33, 34, []),
        (36, 37, []),
    ],
)
def test_minors_of_an_addon_between_two_of_kubernetes(was, wanted, expected):
    assert skipped(CILIUM, MINORS[was], MINORS[wanted]) == expected


MACHINES = {"prod-control-plane-0": "i-2", "prod-control-plane-1": "i-1"}


def test_a_change_of_control_planes_is_told_from_the_first_machine_to_the_way_back():
    said = announcement(
        ("1.36.5", "1.37.2"),
        MACHINES,
        ["/etc/dualstack/kubeadm/init.yaml"],
        ["aws-cloud-controller-manager 1.36.2 -> 1.37.1"],
    )

    assert (
        said
        == """\
The control planes are changed in place:
  from     1.36.5
  to       1.37.2
  files    /etc/dualstack/kubeadm/init.yaml
  first    API server, controller manager, scheduler and etcd, one machine after the other: prod-control-plane-1, prod-control-plane-0
  then     kubelet and software, in the same order
  after    pools, each as its own line says
  add-ons  aws-cloud-controller-manager 1.36.2 -> 1.37.1
  away     one API server at a time
  back     to a snapshot of etcd that 1.36 has written, on new control planes: terminate all control planes, ask for the \
snapshot by `python -m dualstack restore`, and run `pulumi up --refresh` at 1.36"""
    )


def test_a_patch_and_a_setting_go_back_as_they_came():
    one = {"prod-control-plane-0": "i-1"}

    patch = announcement(("1.36.5", "1.36.6"), one, [], []).splitlines()
    setting = announcement(("1.36.5", "1.36.5"), one, ["/etc/kubernetes/audit.yaml"], [])

    assert patch[-2:] == ["  away   the API, for some seconds", "  back   write 1.36.5 again"]
    assert setting.splitlines()[-1] == "  back   write the settings of before"


def test_an_etcd_below_the_floor_of_the_next_is_warned_of_with_the_way():
    [warning] = cautions(MINORS[33], MINORS[34], {}, {})

    assert str(warning) == (
        "cluster.kubernetesVersion: kubeadm brings etcd from 3.5.24 to 3.6.5, and etcd's makers ask for 3.5.26 or later before "
        "3.6.5. Bring that at 1.33 first: in kubeadm.patches, etcd0+strategic.yaml with {spec: {containers: [{name: etcd, image: …}]}}. Take "
        "it out together with the step to 1.34"
    )
    assert [minor for minor in range(20, 37) if cautioned(minor)] == [21, 33, 36]
    assert [*cautions(MINORS[36], MINORS[36], {}, {})] == []


def cautioned(minor: int, there: str = "", asked: str = "") -> list[str]:
    """The cautions of a step to the next minor. `there` and `asked` are images of etcd in a patch of one's own."""
    files = [
        {
            "/etc/dualstack/kubeadm/patches/etcd0+strategic.yaml": (
                "0644",
                f"spec: {{containers: [{{name: etcd, image: {image}}}]}}",
            )
        }
        if image
        else {}
        for image in (there, asked)
    ]
    return [str(one) for one in cautions(MINORS[minor], MINORS[minor + 1], *files)]


@pytest.mark.parametrize("image", ["registry.k8s.io/etcd:3.5.26-0", "mirror.example/etcd:v3.5.30"])
def test_an_etcd_that_a_patch_has_brought_to_the_floor_is_not_warned_of(image):
    assert cautioned(33, there=image) == []


def test_a_patched_etcd_below_the_floor_is_named_with_its_own_version():
    [line] = cautioned(33, there="registry.k8s.io/etcd:3.5.25-0")

    assert "kubeadm brings etcd from 3.5.25 to 3.6.5" in line


def test_a_patch_of_etcd_that_stays_over_the_step_is_to_be_taken_out():
    image = "registry.k8s.io/etcd:3.5.26-0"

    assert cautioned(33, image, image) == [
        "cluster.kubernetesVersion: kubeadm.patches keeps etcd at 3.5.26, and the arguments that kubeadm of 1.34 writes are for 3.6.5; "
        "take the image out of the patch together with this step"
    ]


def test_a_step_whose_kubeadm_config_the_machines_of_before_cannot_read_is_said():
    assert cautioned(21) == [
        "cluster.kubernetesVersion: the first control plane of 1.22 stores kubeadm-config as v1beta3, which the kubeadm of 1.21 cannot "
        "read. Machines of pools that start before their pool has its template of 1.22 do not join: those that an autoscaler adds, and "
        "those that replace spot machines. Let no pool grow until `up` has ended, and pools of other programs until these have 1.22"
    ]
