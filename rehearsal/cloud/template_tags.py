"""Tags of launch templates: moto shows those that a template was made with, AWS those that it has."""

from typing import Any

from moto.ec2.models.launch_templates import LaunchTemplate


def repair() -> None:
    """Ask for the tags each time a template is shown."""
    model: Any = LaunchTemplate
    model.tags = property(model.get_tags, _ignore)


def _ignore(template: LaunchTemplate, tags: list[dict[str, str]]) -> None:
    """A template sets what it shows when it is made."""
