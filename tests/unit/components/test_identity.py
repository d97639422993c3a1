"""The keys of a cluster, and the parameters through which its machines get them."""

import base64

import pytest
import yaml

from components import Identity, testing

ARGS = {"cluster_name": "prod", "api_host": "api.example.com"}

PUBLIC_KEY = """-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAw6/jPcNg6nrUEhud5yHb
RtztIv5M5tP4FzSSdWUhBd+iUDDyRgD+EELB9tk9DU2wEF6I46CKxJLeuCkVLxsT
sXVu7t8V6XDAmgvQca2A2PQ3NDeIXXJFhNjxRC2RKhIVHngnxUtoSMmpVbUULgDA
T+PKBS5YOZlOReyJdZ8dq9ktOOx41FCm79dFs/WsxT56C6X69VcP2xlTXDtGYByQ
hnKckeMwPQyXYUmwia75cwvwugNMrcHSuDUu1K95nz4tYjF0xivSFJa6dkPYXx1Z
DaMu/hHISQjkcM+7VcpbcCV0vDsHXhC0VEA/Dfn8ywAiy70uxucxtr6la8r8teaC
qQIDAQAB
-----END PUBLIC KEY-----
"""

HASH_BY_OPENSSL = "sha256:eb8deb6f8f0b8d272bacfa1467a6812c679b9379420ee21ee180d52690be42b1"
"""What `openssl pkey -pubin -outform der | openssl dgst -sha256` says of that key."""


def identity(**args):
    """A program that makes one identity and returns its outputs."""

    def program():
        made = Identity("id", {**ARGS, **args})
        return {
            "ca_hash": made.ca_hash,
            "kubeconfig": made.kubeconfig,
            "reader": made.reader_kubeconfig,
        }

    return program


def test_machines_find_everything_under_the_name_of_the_cluster(deploy):
    deployment = deploy(identity())

    parameters = {
        parameter["name"]: (parameter["type"], parameter["value"])
        for parameter in deployment.all("Parameter").values()
        if "/programs/" not in parameter["name"]
    }

    keys, join = "/dualstack/prod/control-plane", "/dualstack/prod/join"
    assert parameters == {
        f"{keys}/ca.crt": ("SecureString", "certificate of id-ca"),
        f"{keys}/ca.key": ("SecureString", "key of id-ca"),
        f"{keys}/encryption/dualstack-1": ("SecureString", "bytes of id-encryption-1"),
        f"{keys}/etcd/ca.crt": ("SecureString", "certificate of id-etcd-ca"),
        f"{keys}/etcd/ca.key": ("SecureString", "key of id-etcd-ca"),
        f"{keys}/front-proxy-ca.crt": ("SecureString", "certificate of id-front-proxy-ca"),
        f"{keys}/front-proxy-ca.key": ("SecureString", "key of id-front-proxy-ca"),
        f"{keys}/sa.key": ("SecureString", "key of id-sa"),
        f"{keys}/sa.pub": ("SecureString", testing.PUBLIC_KEY),
        f"{join}/token": ("SecureString", "abcdef.0123456789abcdef"),
        f"{join}/api-host": ("String", "api.example.com"),
        # What openssl makes of the stand-in's key.
        f"{join}/ca-hash": (
            "String",
            "sha256:ac9761a7912250f32aa38b39f1e2fe7fb1a4243fbd753ced58fc9eaac3f8f888",
        ),
    }


def test_each_parameter_is_named_after_what_it_holds(deploy):
    deployment = deploy(identity())

    assert {
        name: made["name"]
        for name, made in deployment.all("Parameter").items()
        if "/programs/" not in made["name"]
    } == {
        "id-api-host": "/dualstack/prod/join/api-host",
        "id-ca-crt": "/dualstack/prod/control-plane/ca.crt",
        "id-ca-hash": "/dualstack/prod/join/ca-hash",
        "id-ca-key": "/dualstack/prod/control-plane/ca.key",
        "id-encryption-1": "/dualstack/prod/control-plane/encryption/dualstack-1",
        "id-etcd-ca-crt": "/dualstack/prod/control-plane/etcd/ca.crt",
        "id-etcd-ca-key": "/dualstack/prod/control-plane/etcd/ca.key",
        "id-front-proxy-ca-crt": "/dualstack/prod/control-plane/front-proxy-ca.crt",
        "id-front-proxy-ca-key": "/dualstack/prod/control-plane/front-proxy-ca.key",
        "id-sa-key": "/dualstack/prod/control-plane/sa.key",
        "id-sa-pub": "/dualstack/prod/control-plane/sa.pub",
        "id-token": "/dualstack/prod/join/token",
    }


def test_a_later_key_of_tokens_is_beside_the_earlier_ones_and_signs(deploy):
    def program():
        made = Identity("id", {**ARGS, "service_account_key": 3})
        return {"signs": made.service_account_public_key, "all": made.service_account_public_keys}

    made = deploy(program)
    places = {
        label: parameter["name"]
        for label, parameter in made.all("Parameter").items()
        if label.startswith("id-sa")
    }

    assert places == {
        "id-sa-key": "/dualstack/prod/control-plane/sa.key",
        "id-sa-pub": "/dualstack/prod/control-plane/sa.pub",
        "id-sa-2-key": "/dualstack/prod/control-plane/service-account/2.key",
        "id-sa-2-pub": "/dualstack/prod/control-plane/service-account/2.pub",
        "id-sa-3-key": "/dualstack/prod/control-plane/service-account/3.key",
        "id-sa-3-pub": "/dualstack/prod/control-plane/service-account/3.pub",
    }
    assert [name for name in made.all("PrivateKey") if name.startswith("id-sa")] == [
        *("id-sa", "id-sa-2", "id-sa-3"),
    ]


def test_the_hash_of_the_authority_is_what_openssl_and_kubeadm_make_of_its_key(deploy):
    deployment = deploy(identity(), made={"PrivateKey id-ca": {"publicKeyPem": PUBLIC_KEY}})

    assert deployment.outputs["ca_hash"] == HASH_BY_OPENSSL
    assert deployment.all("Parameter")["id-ca-hash"]["value"] == HASH_BY_OPENSSL


@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
def test_the_hash_is_the_same_however_lines_end(deploy, line_break):
    key = PUBLIC_KEY.replace("\n", line_break)

    deployment = deploy(identity(), made={"PrivateKey id-ca": {"publicKeyPem": key}})

    assert deployment.outputs["ca_hash"] == HASH_BY_OPENSSL


def test_three_authorities_sign_for_ten_years_under_kubeadms_names(deploy):
    deployment = deploy(identity())

    def authority(name, subject):
        return {
            "privateKeyPem": f"key of {name}",
            "subject": {"commonName": subject},
            "isCaCertificate": True,
            "setSubjectKeyId": True,
            "validityPeriodHours": 87600,
            "allowedUses": ["digital_signature", "key_encipherment", "cert_signing"],
        }

    assert deployment.all("SelfSignedCert") == {
        "id-ca": authority("id-ca", "kubernetes"),
        "id-etcd-ca": authority("id-etcd-ca", "etcd-ca"),
        "id-front-proxy-ca": authority("id-front-proxy-ca", "front-proxy-ca"),
    }


def test_every_key_is_rsa_which_every_minors_kubeadm_reads(deploy):
    deployment = deploy(identity())

    assert deployment.all("PrivateKey") == {
        f"id-{word}": {"algorithm": "RSA", "rsaBits": 2048}
        for word in ("ca", "etcd-ca", "front-proxy-ca", "sa", "admin")
    }


def test_the_administrators_certificate_lasts_a_year_and_is_renewed_in_its_last_month(deploy):
    deployment = deploy(identity())

    assert deployment.one("CertRequest") == {
        "privateKeyPem": "key of id-admin",
        "subject": {"commonName": "prod-admin", "organization": "system:masters"},
    }
    assert deployment.one("LocallySignedCert") == {
        "certRequestPem": "request of id-admin",
        "caPrivateKeyPem": "key of id-ca",
        "caCertPem": "certificate of id-ca",
        "validityPeriodHours": 8760,
        "earlyRenewalHours": 720,
        "allowedUses": ["digital_signature", "key_encipherment", "client_auth"],
    }


def test_the_kubeconfig_leads_the_administrator_to_the_endpoint(deploy):
    deployment = deploy(identity())

    kubeconfig = yaml.safe_load(deployment.outputs["kubeconfig"])

    def encoded(text):
        return base64.b64encode(text.encode()).decode()

    assert kubeconfig == {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": "prod",
                "cluster": {
                    "server": "https://api.example.com:6443",
                    "certificate-authority-data": encoded("certificate of id-ca"),
                },
            }
        ],
        "users": [
            {
                "name": "prod-admin",
                "user": {
                    "client-certificate-data": encoded("certificate of id-admin"),
                    "client-key-data": encoded("key of id-admin"),
                },
            }
        ],
        "contexts": [{"name": "prod", "context": {"cluster": "prod", "user": "prod-admin"}}],
        "current-context": "prod",
    }


def test_who_only_reads_has_a_certificate_of_a_group_of_its_own_and_a_secret_kubeconfig(deploy):
    deployment = deploy(identity(reader=True))

    request = deployment.all("CertRequest")["id-reader"]
    assert request["subject"] == {
        "commonName": "prod-reader",
        "organization": "dualstack:readers",
    }
    kubeconfig = yaml.safe_load(deployment.outputs["reader"])
    [user] = kubeconfig["users"]
    assert user["name"] == "prod-reader"
    assert base64.b64decode(user["user"]["client-key-data"]) == b"key of id-reader"


def test_nobody_only_reads_unless_asked_for(deploy):
    deployment = deploy(identity())

    assert [*deployment.all("CertRequest")] == ["id-admin"]
    assert deployment.outputs["reader"] is None


def test_the_token_has_the_form_kubeadm_asks(deploy):
    deployment = deploy(identity())

    assert deployment.one("RandomString") == {"length": 6, "upper": False, "special": False}
    assert deployment.one("RandomPassword") == {"length": 16, "upper": False, "special": False}


def test_a_token_that_control_planes_renewed_is_no_drift(deploy):
    deployment = deploy(identity())

    ignored = {key: made.ignored for key, made in deployment.resources.items() if made.ignored}

    assert ignored == {"Parameter id-token": ["keyId", "value"]}


def test_keys_and_kubeconfig_are_secret_in_the_state_and_the_hash_is_not(deploy):
    deployment = deploy(identity())

    hidden = {key: set(made.secrets) for key, made in deployment.resources.items() if made.secrets}

    assert deployment.secret_outputs == {"kubeconfig"}
    assert hidden == {
        "CertRequest id-admin": {"privateKeyPem"},
        "LocallySignedCert id-admin": {"caPrivateKeyPem"},
        **{
            f"SelfSignedCert id-{word}": {"privateKeyPem"}
            for word in ("ca", "etcd-ca", "front-proxy-ca")
        },
        **{f"Parameter {name}": {"value"} for name in deployment.all("Parameter")},
    }


def test_only_what_every_machine_was_made_with_is_protected(deploy):
    deployment = deploy(identity(protect=True))

    assert sorted(key for key, made in deployment.resources.items() if made.protect) == [
        "Key id-parameters",
        "PrivateKey id-ca",
        "PrivateKey id-etcd-ca",
        "PrivateKey id-front-proxy-ca",
        "PrivateKey id-sa",
        "RandomBytes id-encryption-1",
        "SelfSignedCert id-ca",
        "SelfSignedCert id-etcd-ca",
        "SelfSignedCert id-front-proxy-ca",
    ]


def test_nothing_is_protected_unless_asked_for(deploy):
    deployment = deploy(identity())

    assert {made.protect for made in deployment.resources.values()} == {False}


def test_every_part_is_a_child_and_its_parameters_are_tagged(deploy):
    deployment = deploy(identity(tags={"team": "platform"}))

    assert len(deployment.resources) > 1
    for key, made in deployment.resources.items():
        if key != "Identity id":
            assert made.parent in {"Identity id", "Programs id-programs"}
    for name, parameter in deployment.all("Parameter").items():
        assert parameter["tags"] == {"Name": name, "team": "platform"}


def test_a_preview_shows_every_part_before_any_key_is_made(deploy):
    deployed, previewed = deploy(identity()), deploy(identity(), preview=True)

    assert sorted(previewed.resources) == sorted(deployed.resources)
    assert previewed.outputs == {
        "ca_hash": "(unknown)",
        "kubeconfig": "(unknown)",
        "reader": None,
    }
    assert previewed.secret_outputs == {"kubeconfig"}


def test_every_secret_is_encrypted_under_a_key_of_the_clusters_own(deploy):
    deployment = deploy(identity(tags={"team": "platform"}))

    assert deployment.one("Key") == {
        "description": "secret parameters of cluster prod",
        "enableKeyRotation": True,
        "deletionWindowInDays": 7,
        "tags": {"Name": "id-parameters", "team": "platform"},
    }
    assert deployment.one("Alias")["name"] == "alias/dualstack/prod"
    assert {
        (parameter["type"], parameter.get("keyId"))
        for parameter in deployment.all("Parameter").values()
    } == {("SecureString", "alias/dualstack/prod"), ("String", None)}
