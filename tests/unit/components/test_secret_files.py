"""Secret files of the configuration are parameters for control planes, and secrets wherever the engine records them."""

import pulumi
import pytest

from components import Cluster
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


def test_a_file_that_is_no_secret_makes_no_parameter(deploy):
    deployment = deploy(cluster({PATH: {"content": "kind: x"}}))

    assert NAME not in parameters(deployment)
