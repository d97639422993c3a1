"""The keys of a cluster: its certificate authorities, service-account key, administrator and join token."""

import base64
import hashlib
from collections.abc import Mapping
from typing import NotRequired

import pulumi
import pulumi_random as random
import pulumi_tls as tls
import yaml
from pulumi_aws import kms, ssm

from .args import IdentitySpecArgs
from .boundary import args_of, checked
from .facts import ports, ssm_paths
from .facts.kubernetes_folder import FOLDER
from .facts.readers import READERS
from .facts.tags import named
from .machine.plan import secret_revision
from .outputs import register
from .programs import Programs, ProgramsArgs
from .secret_files import fitting, ill_texts
from .spec.encryption import key_name
from .spec.parts import IdentitySpec

TEN_YEARS_IN_HOURS = 10 * 365 * 24
"""The validity of kubeadm's own certificate authorities. Replacing an authority means replacing every machine."""
YEAR_IN_HOURS = 365 * 24
MONTH_IN_HOURS = 30 * 24

DELETION_DAYS = 7
"""The days for which a deleted key can be recovered: the fewest that AWS allows. The state has all that it encrypted."""

SECRETBOX_BYTES = 32
"""The length of a key of secretbox.
https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/#providers"""

AUTHORITIES = {"ca": "kubernetes", "etcd/ca": "etcd-ca", "front-proxy-ca": "front-proxy-ca"}
"""The file and the subject of each certificate authority, as kubeadm names them."""


GROUPS = {"admin": "system:masters", "reader": READERS}
"""The group of each user that gets a kubeconfig."""


class IdentityArgs(IdentitySpecArgs):
    """The cluster that the keys are for."""

    api_host: pulumi.Input[str]
    """The DNS name of the API endpoint."""
    secret_files: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Texts of secret files by their path on control planes."""


def authority_hash(public_key_pem: str) -> str:
    """The hash of an authority's public key, as kubeadm reads it. A joining machine verifies the authority with it."""
    body = "".join(line for line in public_key_pem.splitlines() if "-----" not in line)
    return f"sha256:{hashlib.sha256(base64.b64decode(body)).hexdigest()}"


def kubeconfig_of(user: str, cluster: str, host: str, authority: str, pair: tuple[str, str]) -> str:
    """A kubeconfig for a user of a cluster, who has a `pair` of a certificate and its key."""

    def encoded(pem: str) -> str:
        return base64.b64encode(pem.encode()).decode()

    return yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {
                    "name": cluster,
                    "cluster": {
                        "server": f"https://{host}:{ports.API}",
                        "certificate-authority-data": encoded(authority),
                    },
                }
            ],
            "users": [
                {
                    "name": user,
                    "user": {
                        "client-certificate-data": encoded(pair[0]),
                        "client-key-data": encoded(pair[1]),
                    },
                }
            ],
            "contexts": [{"name": cluster, "context": {"cluster": cluster, "user": user}}],
            "current-context": cluster,
        },
        sort_keys=False,
    )


class Identity(pulumi.ComponentResource):
    """The keys of a cluster, and the SSM parameters from which its machines read those that they may have."""

    ca_certificate: pulumi.Output[str]
    """The certificate of the cluster's certificate authority, as PEM."""
    ca_hash: pulumi.Output[str]
    """The hash with which a joining machine verifies the cluster's certificate authority."""
    service_account_public_key: pulumi.Output[str]
    """The public key of the tokens of ServiceAccounts, as PEM: of the key that signs."""
    service_account_public_keys: pulumi.Output[list[str]]
    """The public keys of the tokens of ServiceAccounts, as PEM: all since the first, by their numbers."""
    kubeconfig: pulumi.Output[str]
    """A kubeconfig for the administrator. Secret."""
    reader_kubeconfig: pulumi.Output[str | None]
    """A kubeconfig that only reads, with `reader`. Secret."""
    kms_key_arn: pulumi.Output[str]
    """The KMS key that encrypts the cluster's secret SSM parameters."""
    secret_revision: pulumi.Output[str]
    """A digest that changes with the texts of secret files, and reveals nothing of them. Control planes that run take over another text then."""
    parameter_folders: pulumi.Output[dict[str, str]]
    """The folders of the cluster's SSM parameters: controlPlane, join, programs, leader, status and running."""

    def __init__(
        self, name: str, args: IdentityArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """The keys of a cluster, and the SSM parameters from which its machines read those that they may have.

        `name` begins the names of its resources. All faults in `args` end the program at once, before anything is made.
        """
        spec = checked(
            IdentitySpec,
            args,
            "api_host",
            "secret_files",
            optional=["secret_files"],
            rules=[lambda _: ill_texts("secretFiles", args.get("secret_files"))],
        )
        # The inputs leave out the host. AWS takes minutes to create a load balancer, and the keys must not wait for its name.
        # They leave out the texts of secret files too, which are in parameters only.
        left_out = ("api_host", "secret_files")
        inputs: dict[str, object] = {key: args[key] for key in args if key not in left_out}
        super().__init__("dualstack:index:Identity", name, inputs, opts)
        cluster = spec.cluster_name

        self.kms_key_arn, self._alias = self._encryption_key(f"{name}-parameters", spec)
        authorities = {file: self._authority(name, spec, file) for file in AUTHORITIES}
        accounts = self._key(f"{name}-sa", spec)
        later = {
            number: self._key(f"{name}-sa-{number}", spec)
            for number in range(2, spec.service_account_key + 1)
        }
        files = {
            **{
                f"{file}.crt": certificate.cert_pem
                for file, (_, certificate) in authorities.items()
            },
            **{f"{file}.key": key.private_key_pem for file, (key, _) in authorities.items()},
            "sa.key": accounts.private_key_pem,
            "sa.pub": accounts.public_key_pem,
        }
        for file in ssm_paths.PKI_FILES:
            self._secret(
                f"{name}-{_word(file)}", spec, ssm_paths.pki_file(cluster, file), files[file]
            )

        for number, key in later.items():
            halves = {"key": key.private_key_pem, "pub": key.public_key_pem}
            for half, pem in halves.items():
                parameter = ssm_paths.service_account_key(cluster, number, half)
                self._secret(f"{name}-sa-{number}-{half}", spec, parameter, pem)

        for number in range(1, spec.encryption_key + 1):
            self._secret(
                f"{name}-encryption-{number}",
                spec,
                f"{ssm_paths.encryption_folder(cluster)}/{key_name(number)}",
                self._encryption_secret(f"{name}-encryption-{number}", spec),
            )

        given = args.get("secret_files", {})
        secret_files = {path: fitting(path, text) for path, text in given.items()}
        for path, text in secret_files.items():
            label = f"{name}-file-{path.removeprefix(f'{FOLDER}/')}"
            self._secret(label, spec, ssm_paths.machine_file(cluster, path), text)

        public = [key.public_key_pem for key in (accounts, *later.values())]
        self.service_account_public_key = public[-1]
        self.service_account_public_keys = pulumi.Output.all(*public)
        key, authority = authorities["ca"]
        self.secret_revision = pulumi.Output.unsecret(
            pulumi.Output.all(key.private_key_pem, pulumi.Output.from_input(secret_files)).apply(
                lambda known: secret_revision(*known)
            )
        )
        self.ca_certificate = authority.cert_pem
        self.ca_hash = key.public_key_pem.apply(authority_hash)
        self._plain(f"{name}-ca-hash", spec, ssm_paths.ca_hash(cluster), self.ca_hash)
        self._plain(f"{name}-api-host", spec, ssm_paths.api_host(cluster), args["api_host"])
        # The attribute is the resource, not its value, because machines depend on it.
        self.token = ssm.Parameter(
            f"{name}-token",
            name=ssm_paths.token(cluster),
            type="SecureString",
            key_id=self._alias,
            value=self._token(name),
            tags=named(spec.tags, f"{name}-token"),
            # Control planes renew the token in place, so a changed value is not drift. A changed key would write the value in
            # the state, an old token.
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["value", "key_id"]),
        )

        self.programs = Programs(
            f"{name}-programs",
            args_of(ProgramsArgs, spec.programs_part()),
            pulumi.ResourceOptions(parent=self),
        )

        self.parameter_folders = pulumi.Output.from_input(ssm_paths.folders(cluster))
        self.kubeconfig = self._kubeconfig(name, spec, args, authorities["ca"])
        self.reader_kubeconfig = (
            self._kubeconfig(name, spec, args, authorities["ca"], "reader")
            if spec.reader
            else pulumi.Output.from_input(None)
        )
        register(self)

    def _encryption_key(
        self, name: str, spec: IdentitySpec
    ) -> tuple[pulumi.Output[str], pulumi.Output[str]]:
        """The ARN and the alias of a KMS key of the cluster's own.

        Every principal of the account may decrypt with the account's default key for SSM. This key has the default policy of
        KMS instead: it lets IAM policies of the account say who uses the key, and nobody else.
        https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
        """
        child = pulumi.ResourceOptions(parent=self)
        key = kms.Key(
            name,
            description=f"secret parameters of cluster {spec.cluster_name}",
            enable_key_rotation=True,
            deletion_window_in_days=DELETION_DAYS,
            tags=named(spec.tags, name),
            opts=pulumi.ResourceOptions(parent=self, protect=spec.protect or None),
        )
        alias = ssm_paths.key_alias(spec.cluster_name)
        return key.arn, kms.Alias(name, name=alias, target_key_id=key.key_id, opts=child).name

    def _encryption_secret(self, name: str, spec: IdentitySpec) -> pulumi.Output[str]:
        """A key of secretbox, in base64. Without it etcd and its snapshots hold Secrets that nobody can read."""
        return random.RandomBytes(
            name,
            length=SECRETBOX_BYTES,
            opts=pulumi.ResourceOptions(parent=self, protect=spec.protect or None),
        ).base64

    def _key(self, name: str, spec: IdentitySpec) -> tls.PrivateKey:
        return tls.PrivateKey(
            name,
            # RSA, because kubeadm of every minor and every client supports it. `kubeadm.keyAlgorithm` does not reach these keys,
            # because another algorithm would replace the authorities under a running cluster.
            algorithm="RSA",
            rsa_bits=2048,
            opts=pulumi.ResourceOptions(parent=self, protect=spec.protect or None),
        )

    def _authority(
        self, name: str, spec: IdentitySpec, file: str
    ) -> tuple[tls.PrivateKey, tls.SelfSignedCert]:
        label = f"{name}-{_word(file)}"
        key = self._key(label, spec)
        certificate = tls.SelfSignedCert(
            label,
            private_key_pem=key.private_key_pem,
            subject={"common_name": AUTHORITIES[file]},
            is_ca_certificate=True,
            set_subject_key_id=True,
            validity_period_hours=TEN_YEARS_IN_HOURS,
            allowed_uses=["digital_signature", "key_encipherment", "cert_signing"],
            opts=pulumi.ResourceOptions(parent=self, protect=spec.protect or None),
        )
        return key, certificate

    def _token(self, name: str) -> pulumi.Output[str]:
        """A join token: an id of six characters and a secret of sixteen."""
        child = pulumi.ResourceOptions(parent=self)
        public = random.RandomString(
            f"{name}-token-id", length=6, upper=False, special=False, opts=child
        )
        secret = random.RandomPassword(
            f"{name}-token-secret", length=16, upper=False, special=False, opts=child
        )
        return pulumi.Output.concat(public.result, ".", secret.result)

    def _kubeconfig(
        self,
        name: str,
        spec: IdentitySpec,
        args: IdentityArgs,
        ca: tuple[tls.PrivateKey, tls.SelfSignedCert],
        who: str = "admin",
    ) -> pulumi.Output[str]:
        child = pulumi.ResourceOptions(parent=self)
        label = f"{name}-{who}"
        authority_key, authority = ca
        user = f"{spec.cluster_name}-{who}"
        key = tls.PrivateKey(label, algorithm="RSA", rsa_bits=2048, opts=child)
        request = tls.CertRequest(
            label,
            private_key_pem=key.private_key_pem,
            subject={"common_name": user, "organization": GROUPS[who]},
            opts=child,
        )
        certificate = tls.LocallySignedCert(
            label,
            cert_request_pem=request.cert_request_pem,
            ca_private_key_pem=authority_key.private_key_pem,
            ca_cert_pem=authority.cert_pem,
            # Nobody can revoke it, so the certificate is short-lived. An `up` in its last month renews it.
            validity_period_hours=YEAR_IN_HOURS,
            early_renewal_hours=MONTH_IN_HOURS,
            allowed_uses=["digital_signature", "key_encipherment", "client_auth"],
            opts=child,
        )

        def composed(known: list[str]) -> str:
            host, ca_certificate, *pair = known
            return kubeconfig_of(user, spec.cluster_name, host, ca_certificate, (pair[0], pair[1]))

        return pulumi.Output.secret(
            pulumi.Output.all(
                args["api_host"], authority.cert_pem, certificate.cert_pem, key.private_key_pem
            ).apply(composed)
        )

    def _secret(
        self, name: str, spec: IdentitySpec, parameter: str, value: pulumi.Input[str]
    ) -> None:
        ssm.Parameter(
            name,
            name=parameter,
            type="SecureString",
            key_id=self._alias,
            value=value,
            tags=named(spec.tags, name),
            opts=pulumi.ResourceOptions(
                parent=self,
                # The provider names the key in an update only if the key changes, and without it SSM takes the account's
                # default key: resourceParameterUpdate in internal/service/ssm/parameter.go of terraform-provider-aws.
                replace_on_changes=["value"],
                delete_before_replace=True,
            ),
        )

    def _plain(
        self, name: str, spec: IdentitySpec, parameter: str, value: pulumi.Input[str]
    ) -> None:
        ssm.Parameter(
            name,
            name=parameter,
            type="String",
            value=value,
            tags=named(spec.tags, name),
            opts=pulumi.ResourceOptions(parent=self),
        )


def _word(file: str) -> str:
    """The name of a file, as a part of a resource's name."""
    return file.replace("/", "-").replace(".", "-")
