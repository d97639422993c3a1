"""Language hosts: how the engine runs programs, makes SDKs and links them. A real host on PATH precedes each."""
