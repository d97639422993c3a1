"""Secret files of the configuration are parameters for control planes, and secrets wherever the engine records them."""

import pulumi
import pytest

from components import Cluster, Identity
from components.testing import Deployment, run
from rehearsal.engine.sdk import untraced
from tests.unit.components.test_cluster import ARGS

PATH = "/etc/kubernetes/enc.yaml"
NAME = f"/dualstack/prod/control-plane/files{PATH}"


def cluster(files, **later):
    """A program whose further arguments exist only once it runs."""

    def program():
        args = {key: value() for key, value in later.items()}
        made = Cluster("prod", {**ARGS, "kubeadm": {"files": files}, **args})
        return {"vpc_id": made.vpc_id}

    return program


def parameters(deployment):
    return {
        parameter["name"]: (parameter["type"], parameter.get("value"))
        for parameter in deployment.all("Parameter").values()
    }


def test_the_text_of_a_secret_file_is_a_parameter(deploy):
    deployment = deploy(cluster({PATH: {"content": "key: abc", "secret": True}}))

    assert parameters(deployment)[NAME] == ("SecureString", "key: abc")


def test_a_program_may_give_the_text_apart_and_later(deploy):
    def apart():
        return {PATH: pulumi.Output.secret("key: def")}

    deployment = deploy(cluster({PATH: {"secret": True}}, secret_files=apart))

    assert parameters(deployment)[NAME] == ("SecureString", "key: def")


def test_a_whole_map_of_texts_may_be_known_later(deploy):
    def whole():
        return pulumi.Output.secret({PATH: "key: ghi"})

    deployment = deploy(cluster({PATH: {"secret": True}}, secretFiles=whole))

    assert parameters(deployment)[NAME] == ("SecureString", "key: ghi")


def test_a_secret_file_without_a_text_is_refused(deploy):
    with pytest.raises(pulumi.RunError) as refused:
        deploy(cluster({PATH: {"secret": True}}))

    assert 'kubeadm.files["/etc/kubernetes/enc.yaml"].content: missing' in str(refused.value)


def halted(program):
    """The error of a program that ends once it knows its arguments, and the names of what was made before."""
    deployment = Deployment()
    with untraced(), pytest.raises(pulumi.RunError) as error:
        run(deployment, program, {}, project="dualstack", stack="test")
    return str(error.value), {*deployment.resources}


SECRET = "SUPERSECRET"
WITHOUT = {PATH: {"secret": True}}
OTHER = "/etc/kubernetes/other.yaml"

TEXTS = {
    "too long": (
        SECRET * 400,
        "4400 bytes do not fit into an SSM parameter, which has at most 4096; shorten it",
    ),
    "braces": (
        f"{SECRET}{{{{x}}}}",
        "SSM reads two braces as a reference to another parameter, and refuses them; write it without",
    ),
    "empty": ("", "it is empty; write the file's lines"),
    "a zero byte": (f"{SECRET}\0", "it holds a zero byte, which no text file has; leave it out"),
    "no text": (
        [SECRET],
        "it is not a text; write the file's lines below it as a block, after a |",
    ),
}


@pytest.mark.parametrize(("text", "why"), TEXTS.values(), ids=TEXTS)
def test_a_text_that_cannot_be_kept_is_a_fault_beside_all_others(refused, text, why):
    _, *faults = refused(
        cluster({**WITHOUT, OTHER: {}}, secret_files=lambda: {PATH: text}),
    )

    assert sorted(faults) == [
        f'kubeadm.files["{OTHER}"].content: missing: write the file\'s lines as a block, after a |',
        f'secret_files["{PATH}"]: {why}',
    ]


@pytest.mark.parametrize(("text", "why"), TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("whole", [False, True], ids=["one text", "the whole map"])
def test_a_text_that_is_known_later_is_refused_before_its_parameter_is_touched(whole, text, why):
    def later():
        return pulumi.Output.secret({PATH: text}) if whole else {PATH: pulumi.Output.secret(text)}

    said, made = halted(cluster(WITHOUT, secret_files=later))

    assert f"the text of {PATH}: {why}" in said
    assert SECRET not in said
    assert f"Parameter prod-file-{PATH.rpartition('/')[2]}" not in made


MAPS = {
    "a path that no file has": (
        {},
        {PATH: SECRET},
        f'secret_files["{PATH}"]: kubeadm.files has no file of this path; write it there, with secret: true, or leave the text out',
    ),
    "a file that is no secret": (
        {PATH: {"content": "kind: x"}},
        {PATH: SECRET},
        f'secret_files["{PATH}"]: the file is no secret one; write secret: true in kubeadm.files',
    ),
    "a text in both places": (
        {PATH: {"content": "kind: x", "secret": True}},
        {PATH: SECRET},
        f'secret_files["{PATH}"]: kubeadm.files has a text of this file too; keep one of the two',
    ),
    "no text at all": (
        {PATH: {"secret": True}, OTHER: {"secret": True}},
        {PATH: SECRET},
        f'kubeadm.files["{OTHER}"].content: missing: write the file\'s lines as a block, after a |, or give them in secretFiles',
    ),
    "no map": (
        {PATH: {"content": "kind: x", "secret": True}},
        SECRET,
        "secret_files: it is not a map; write the texts below it, by the paths of their files",
    ),
}


@pytest.mark.parametrize(("files", "given", "fault"), MAPS.values(), ids=MAPS)
def test_each_text_is_of_one_secret_file_and_each_such_file_has_one(refused, files, given, fault):
    _, *faults = refused(cluster(files, secret_files=lambda: given))

    assert faults == [fault]


@pytest.mark.parametrize(("files", "given", "fault"), MAPS.values(), ids=MAPS)
def test_of_a_map_that_is_known_later_the_same_is_asked(files, given, fault):
    said, _ = halted(cluster(files, secret_files=lambda: pulumi.Output.secret(given)))

    assert fault in said
    assert SECRET not in said


def test_texts_under_both_spellings_are_refused(refused):
    def text():
        return {PATH: "kind: x"}

    _, *faults = refused(cluster(WITHOUT, secret_files=text, secretFiles=text))

    assert faults == [
        "secret_files: it is there twice, as 'secret_files' and as 'secretFiles'; keep one"
    ]


def test_an_identity_alone_refuses_the_same_texts(refused):
    def program():
        texts = {PATH: SECRET * 400}
        Identity("ids", {"cluster_name": "prod", "api_host": "api", "secret_files": texts})

    _, *faults = refused(program)

    assert faults == [f'secret_files["{PATH}"]: {TEXTS["too long"][1]}']


def test_a_file_that_is_no_secret_makes_no_parameter(deploy):
    deployment = deploy(cluster({PATH: {"content": "kind: x"}}))

    assert NAME not in parameters(deployment)
