"""The program itself, on the real engine, against the stand-in for AWS."""
