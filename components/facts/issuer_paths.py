"""The paths of an issuer's public documents, below its URL."""

CONFIGURATION = ".well-known/openid-configuration"
"""The path of the document that names the other. The standard fixes it.
https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig"""
KEYS = "openid/v1/jwks"
"""The path of the public keys: that of the API server's own endpoint."""
