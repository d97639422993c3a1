"""The output for people: progress during a run, and a report after it."""
