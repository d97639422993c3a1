"""The programs of a cluster's machines, in SSM parameters."""

import pulumi
from pulumi_aws import ssm

from .args import ProgramsSpecArgs
from .boundary import checked
from .facts import ssm_paths
from .facts.role import Role
from .facts.tags import named
from .machine.fetched_programs import parameter_values
from .outputs import register
from .spec.parts import ProgramsSpec


class ProgramsArgs(ProgramsSpecArgs):
    """The cluster whose machines fetch the programs."""


class Programs(pulumi.ComponentResource):
    """The programs of a cluster's machines, in SSM parameters from which the machines fetch them."""

    folder: pulumi.Output[str]
    """The folder of the parameters."""

    def __init__(
        self, name: str, args: ProgramsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """The programs of a cluster's machines, in SSM parameters from which the machines fetch them.

        `Identity` has them for its cluster. Pools of a cluster that something else made need them on their own.
        `name` begins the names of its resources. All faults in `args` end the program at once, before anything is made.
        """
        spec = checked(ProgramsSpec, args)
        super().__init__("dualstack:index:Programs", name, {**args}, opts)

        for role in Role:
            folder = ssm_paths.programs_folder(spec.cluster_name, role)
            for part, value in enumerate(parameter_values(role), 1):
                label = f"{name}-{role}-{part}"
                ssm.Parameter(
                    label,
                    name=f"{folder}/{part}",
                    type="String",
                    # The provider hides it in previews and in the state, where nobody would read it.
                    value=value,
                    tags=named(spec.tags, label),
                    opts=pulumi.ResourceOptions(parent=self),
                )

        self.folder = pulumi.Output.from_input(ssm_paths.programs_folder(spec.cluster_name))
        register(self)
