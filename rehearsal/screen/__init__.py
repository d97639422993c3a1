"""What people see: progress while the engine works, and what came of it."""
