"""A rehearsal in a shell whose settings are meant for other work."""

import pytest

HOSTILE = {
    "proxies": {
        "http_proxy": "http://127.0.0.1:9",
        "https_proxy": "http://127.0.0.1:9",
        "all_proxy": "http://127.0.0.1:9",
        "grpc_proxy": "http://127.0.0.1:9",
        "HTTP_PROXY": "http://127.0.0.1:9",
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "no_proxy": "corp.example",
    },
    "aws": {
        "AWS_PROFILE": "nope",
        "AWS_CONFIG_FILE": "/",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_CA_BUNDLE": "/nope",
        "AWS_DEFAULTS_MODE": "nope",
        "AWS_ROLE_ARN": "nope",
        "AWS_WEB_IDENTITY_TOKEN_FILE": "/nope",
        "AWS_MAX_ATTEMPTS": "nope",
        "PULUMI_BACKEND_URL": "s3://nope",
        "PULUMI_CONFIG_PASSPHRASE_FILE": "/nope",
        "PULUMI_HOME": "/nope",
        "PULUMI_EXPERIMENTAL": "nope",
        "PULUMI_PARALLEL": "nope",
        "TMPDIR": "/nope",
        "HOME": "",
        "COLUMNS": "0",
        "LINES": "nope",
        "LC_ALL": "xx_YY.ISO-8859-1",
        "KUBECONFIG": "/nope",
        "PYTHONPATH": "/nope",
        "PYTHONIOENCODING": "ascii",
        "GOFLAGS": "-nope",
    },
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_preview_goes_on_as_in_a_clean_shell(desk, monkeypatch, kind):
    for name, value in HOSTILE[kind].items():
        monkeypatch.setenv(name, value)

    code, said = desk.run("preview", "dev")

    assert code == 0, said
    assert "resources would change, 0 stay as they are" in said
    assert "Traceback" not in said
