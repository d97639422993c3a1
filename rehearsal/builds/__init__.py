"""The real programs that a rehearsal needs: found on PATH, or built once from their Go modules into a cache."""
