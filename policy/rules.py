"""All rules of the pack."""

from . import rules_balancing, rules_machines, rules_network, rules_traffic
from .rule import Rule

RULES: tuple[Rule, ...] = (
    *rules_network.RULES,
    *rules_traffic.RULES,
    *rules_balancing.RULES,
    *rules_machines.RULES,
)
