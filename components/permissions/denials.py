"""What is said of a look-up that AWS did not answer: which permissions it takes, if it was denied."""

DENIED = ("UnauthorizedOperation", "AccessDenied")
"""The codes by which AWS refuses who lacks a permission. What throttles, breaks off or has expired has others."""


def unanswered(error: Exception, permissions: str) -> str:
    """What AWS said, and the permissions if it said that they lack. `permissions` are like `ec2:DescribeVpcs and …`."""
    said = str(error)
    if any(code in said for code in DENIED):
        return f"It takes {permissions}: {said}"
    return f"The answer was: {said}"
