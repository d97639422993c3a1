"""How fast the program is, as a ratio against a floor in the same run."""
