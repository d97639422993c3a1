"""What a machine keeps from pods for the kubelet and the runtime, by its size."""

import os
from types import ModuleType

import pytest

SIZES = {
    "t3.nano": (2, 512, "70m", "255Mi"),
    "t3.medium": (2, 4096, "70m", "1024Mi"),
    "m6i.large": (2, 8192, "70m", "1843Mi"),
    "c7g.medium": (1, 2048, "60m", "512Mi"),
    "m6i.xlarge": (4, 16384, "80m", "2662Mi"),
    "three CPUs": (3, 4000, "75m", "1000Mi"),
    "m5.8xlarge": (32, 131072, "150m", "9543Mi"),
    "m5.24xlarge": (96, 393216, "310m", "14785Mi"),
}
"""CPUs and MiB of memory; then what is kept of each."""


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_a_machine_keeps_more_the_larger_it_is(
    kubeadm_module: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    size: tuple[int, int, str, str],
):
    cpus, memory, cpu, kept = size
    counted = {"SC_PHYS_PAGES": memory * 256, "SC_PAGE_SIZE": 4096}
    monkeypatch.setattr(os, "cpu_count", lambda: cpus)
    monkeypatch.setattr(os, "sysconf", counted.__getitem__)

    assert kubeadm_module._reserved() == {"@RESERVED_CPU@": cpu, "@RESERVED_MEMORY@": kept}


def test_a_joining_worker_reserves_what_fits_its_own_size(cluster):
    cluster.api_up.set()
    worker = cluster.worker()

    worker.run()

    join = next(call for call in worker.calls() if call["arguments"][0] == "join")
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 20
    flag = next(line for line in join["config"].splitlines() if "memory=" in line)
    reserved = int(flag.split("memory=")[1].split("Mi")[0])
    assert 255 <= reserved <= memory * 0.25 + 1
    assert "@RESERVED" not in join["config"]
