"""The real programs a rehearsal needs: found on PATH, or built once from their Go modules into a cache."""
