"""The process of the policy pack, which the engine starts."""

import sys
from pathlib import Path

# The engine runs this folder, and the rules import each other as a package.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from policy.pack import pack

pack()
