"""What AWS says there is, as machines and their network need it."""
