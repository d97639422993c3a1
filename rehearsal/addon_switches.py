"""The switches of the section `addons`, read from the spec: a new add-on needs no entry here."""

from components.spec.addons import AddonsSection

_FIELDS = {
    field.alias or name: field
    for name, field in AddonsSection.model_fields.items()
    if field.annotation in (bool, bool | None)
}

OPTIONAL = tuple(switch for switch, field in _FIELDS.items() if field.default is False)
"""The add-ons that a cluster has only if its stack turns them on."""

NO_MACHINES = {"addons": dict.fromkeys(_FIELDS, False)}
"""Without machines nothing can be installed, because no API runs."""
