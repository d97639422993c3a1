"""The parts of a URN, the engine's name of a resource."""


def type_of(urn: str) -> str:
    """The type, without the types of its parents: `aws:ec2/vpc:Vpc`."""
    return urn.split("::")[2].rpartition("$")[2]


def name_of(urn: str) -> str:
    """The name in the program."""
    return urn.split("::", 3)[3]


def stack_of(urn: str) -> str:
    """The stack."""
    return urn.split(":", 3)[2]


def project_of(urn: str) -> str:
    """The project."""
    return urn.split("::", 2)[1]
