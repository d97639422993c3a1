"""Ask an API server one thing, from inside the machine that it runs on, with the client certificate of a kubeconfig.

Arguments: the kubeconfig, the server, the method, the path, and a token to ask with in place of the certificate. A body is read from standard input; the answer is printed,
with its status on the first line.
"""

import base64
import http.client
import re
import ssl
import sys
import tempfile
from pathlib import Path


def main(kubeconfig: str, server: str, method: str, path: str, bearer: str = "") -> None:
    """Print what the server answers."""
    # Nothing but the standard library: the machine sees no packages.
    entries = dict(re.findall(r"(\S+-data): (\S+)", Path(kubeconfig).read_text()))
    authority, certificate, key = (
        base64.b64decode(entries[name]).decode()
        for name in ("certificate-authority-data", "client-certificate-data", "client-key-data")
    )
    context = ssl.create_default_context(cadata=authority)
    headers = {"Content-Type": "application/json"}
    if bearer:
        headers["Authorization"] = f"Bearer {bearer}"
    else:
        with tempfile.NamedTemporaryFile("w") as file:
            file.write(certificate + key)
            file.flush()
            context.load_cert_chain(file.name)
    # The test that runs this ends it when it hangs.
    connection = http.client.HTTPSConnection(server, 6443, context=context)
    body = sys.stdin.read()
    connection.request(method, path, body or None, headers)
    answer = connection.getresponse()
    print(answer.status)  # noqa: T201 (it is what the caller reads)
    print(answer.read().decode())  # noqa: T201


main(*sys.argv[1:])
