"""Which nodes count."""

from rehearsal.machines.access import node_table, ready_machines


def node(instance, *, ready=True, version="1.37.2"):
    status = "True" if ready else "False"
    return {
        "metadata": {"name": f"{instance}.eu-west-1.compute.internal", "labels": {}},
        "spec": {},
        "status": {
            "conditions": [{"type": "Ready", "status": status}],
            "nodeInfo": {"kubeletVersion": f"v{version}"},
        },
    }


NODES = [node("i-0a"), node("i-0b", ready=False), node("i-0c")]


def test_a_node_is_ready_by_its_own_condition_and_known_by_its_instance():
    assert ready_machines(NODES) == {"i-0a", "i-0c"}


def test_a_node_whose_machine_has_ended_does_not_count_as_ready():
    table = node_table(NODES, {"i-0a": "eu-west-1a", "i-0b": "eu-west-1a"})

    assert list(table.columns[-1].cells) == ["yes", "no", "its machine has ended"]


def test_the_table_has_the_version_of_each_nodes_kubelet():
    table = node_table([node("i-0a", version="1.36.5"), node("i-0b")], {})

    cells = {column.header: list(column.cells) for column in table.columns}
    assert cells["version"] == ["v1.36.5", "v1.37.2"]
