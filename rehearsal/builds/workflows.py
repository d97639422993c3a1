"""Programs that check and run the workflows of a repository, built from their Go modules."""

from .golang import Program

ACT = Program(
    name="act",
    version="v0.2.89",
    module="github.com/nektos/act",
    package="github.com/nektos/act",
    variables={"main.version": "0.2.89"},
)
"""Runs GitHub's workflows on this host."""

ACTIONLINT = Program(
    name="actionlint",
    version="v1.7.12",
    module="github.com/rhysd/actionlint",
    package="github.com/rhysd/actionlint/cmd/actionlint",
)
"""Checks GitHub's workflows."""
