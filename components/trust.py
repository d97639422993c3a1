"""TLS with a cluster's API servers."""

import ssl


def trusting(authority: str) -> ssl.SSLContext:
    """TLS with servers that have a certificate of this authority, as PEM; of one that this machine trusts if it is empty."""
    context = ssl.create_default_context(cadata=authority or None)
    # Python 3.13 turned strict checks on. They require key identifiers, which not every authority's certificate has.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context
