"""What the engine's name for a resource says of it."""


def type_of(urn: str) -> str:
    """Its own type, without those of its parents: `aws:ec2/vpc:Vpc`."""
    return urn.split("::")[2].rpartition("$")[2]


def name_of(urn: str) -> str:
    """What the program calls it."""
    return urn.split("::", 3)[3]
