"""The parts of a rehearsal with machines that need neither root nor machines."""
