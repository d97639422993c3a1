"""Each kind of error of files, network and configuration: one line that says what and what to do, and exit code 2."""

import contextlib
import datetime
import json
import os
import socket
import ssl
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from components.verify import bypass, command
from tests.unit.components.verify.model import Model

ROOT = Path(__file__).parents[4]
SECRET = "S3cr3t"


def kubeconfig(cluster=None, user=None, **more):
    """A kubeconfig of one context, as JSON."""
    return json.dumps(
        {
            "current-context": "here",
            "contexts": [{"name": "here", "context": {"cluster": "c", "user": "u"}}],
            "clusters": [{"name": "c", "cluster": cluster or {"server": "https://127.0.0.1:9"}}],
            "users": [{"name": "u", "user": user or {"token": SECRET}}],
        }
        | more
    )


def refused(capsys, *words):
    """The line with which the command ends."""
    code = command.main(list(words))
    shown = capsys.readouterr()
    assert (code, shown.out) == (2, "")
    (line,) = shown.err.splitlines()
    assert "Traceback" not in line
    assert "unexpected" not in line
    assert SECRET not in line
    assert line.endswith((".", "?"))
    return line


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    """No proxy, and no kubeconfig of the user. What the command changes in the environment is undone."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    for name in (*bypass.NAMES, "KUBECONFIG"):
        monkeypatch.setenv(name, "")


FILES = {
    "empty": (b"", "is empty"),
    "no YAML": (b"{ a: [", "line 1"),
    "no YAML beside a token": (f"token: {SECRET}: [".encode(), "line 1"),
    "a list": (b"- a\n", "must be a map of settings"),
    "a text": (b"hello\n", "must be a map of settings"),
    "a key twice": (b"a: 1\na: 2\n", "the key 'a' twice, on line 2 again"),
    "latin-1": (b"a: \xe9\n", "is not text in UTF-8, from byte 3 on"),
    "UTF-16": ("a: 1".encode("utf-16"), "is not text in UTF-8"),
    "NUL": (b"a: \x00", "special characters are not allowed"),
    "huge": (b"#" * (16 * 1024 * 1024 + 1), "is too large for a kubeconfig"),
    "deep": (b"[" * 50000, "too many levels"),
    "a day of no calendar": (b"a: 2026-13-45\n", "a value that YAML does not allow"),
    "a tag": (b"a: !!python/object:os.system {}\n", "could not determine a constructor"),
    "no context": (b"a: 1\n", "has no current-context"),
    "clusters are a map": (kubeconfig(clusters={}).encode(), "clusters must be a list"),
    "users are a text": (kubeconfig(users=SECRET).encode(), "users must be a list"),
    "a cluster is a text": (
        kubeconfig(clusters=["c"]).encode(),
        "clusters[0] must have a name, which is a text",
    ),
    "a cluster without settings": (
        kubeconfig(clusters=[{"name": "c"}]).encode(),
        "clusters[0], c, must have the map cluster",
    ),
    "settings of a user are a text": (
        kubeconfig(users=[{"name": "u", "user": SECRET}]).encode(),
        "users[0], u, must have the map user",
    ),
    "another context": (kubeconfig(**{"current-context": "x"}).encode(), "has no context x"),
    "no cluster": (kubeconfig(clusters=[]).encode(), "has no cluster c for the context here"),
    "no user": (kubeconfig(users=None).encode(), "has no user u for the context here"),
    "no server": (kubeconfig({"proxy-url": "x"}).encode(), "the cluster c of"),
    "a server that is a number": (kubeconfig({"server": 6443}).encode(), "has no server"),
    "a server without https": (kubeconfig({"server": "api:6443"}).encode(), "no URL: api:6443"),
    "a server with a wrong port": (
        kubeconfig({"server": "https://api:99999"}).encode(),
        "is no URL: https://api:99999",
    ),
    "no certificate file": (
        kubeconfig({"server": "https://api", "certificate-authority": "/no/ca"}).encode(),
        "File does not exist: /no/ca",
    ),
    "no base64": (
        kubeconfig({"server": "https://api", "certificate-authority-data": "x"}).encode(),
        "No cluster to ask: ",
    ),
    "no PEM": (
        kubeconfig({"server": "https://api", "certificate-authority-data": "eHh4"}).encode(),
        "the certificate-authority is not usable",
    ),
    "a client certificate that is no PEM": (
        kubeconfig(user={"client-certificate-data": "eHh4", "client-key-data": "eHh4"}).encode(),
        "the client-certificate with its client-key is not usable",
    ),
    "certificates that are a number": (
        kubeconfig({"server": "https://api", "certificate-authority-data": 3}).encode(),
        "a value of a wrong kind",
    ),
    "no token file": (kubeconfig(user={"tokenFile": "/no/token"}).encode(), "/no/token"),
    "a token with a line break": (
        kubeconfig({"server": "http://127.0.0.1:9"}, {"token": f"{SECRET}\nx"}).encode(),
        "127.0.0.1:9",
    ),
    "a program without command": (kubeconfig(user={"exec": {"args": []}}).encode(), "a command"),
    "a program that is not there": (
        kubeconfig(user={"exec": {"apiVersion": "v1", "command": "/no/program"}}).encode(),
        "the program for credentials of the context here failed",
    ),
    "a program that prints no credentials": (
        kubeconfig(user={"exec": {"apiVersion": "v1", "command": "true"}}).encode(),
        "the program for credentials of the context here failed",
    ),
}


@pytest.mark.parametrize("kind", FILES)
def test_a_kubeconfig_that_cannot_be_used_says_why(tmp_path, capsys, kind):
    content, said = FILES[kind]
    (tmp_path / "config").write_bytes(content)

    assert said in refused(capsys, "--kubeconfig", str(tmp_path / "config"))


PLACES = {
    "nothing": (lambda path: None, "cannot be read: No such file or directory"),
    "a folder": (lambda path: path.mkdir(), "is a folder, and a file is needed"),
    "a pipe": (os.mkfifo, "is no file"),
    "a device": (lambda path: path.symlink_to("/dev/zero"), "is no file"),
    "a loop": (lambda path: path.symlink_to(path), "Too many levels of symbolic links"),
    "below a file": (lambda path: path.symlink_to(f"{__file__}/x"), "Not a directory"),
}


@pytest.mark.parametrize("given", ["option", "KUBECONFIG"])
@pytest.mark.parametrize("kind", PLACES)
def test_a_kubeconfig_that_is_no_file_is_named(tmp_path, capsys, monkeypatch, kind, given):
    make, said = PLACES[kind]
    path = tmp_path / "config"
    make(path)
    monkeypatch.setenv("KUBECONFIG", str(path))

    line = refused(capsys, *(("--kubeconfig", str(path)) if given == "option" else ()))

    assert str(path) in line
    assert said in line


def test_a_kubeconfig_may_come_through_a_pipe_of_the_shell(verification):
    with verification(Model()) as verify:
        reader, writer = os.pipe()
        os.write(writer, Path(verify.kubeconfig).read_bytes())
        os.close(writer)
        verify.kubeconfig = f"/dev/fd/{reader}"
        code, output, errors = verify.run()
        os.close(reader)

    assert (code, errors) == (0, "")
    assert "0 faults" in output


@pytest.mark.parametrize("words", [["--colour"], ["dev"], ["--context"]])
def test_an_option_that_is_not_there_is_one_line(capsys, words):
    with pytest.raises(SystemExit) as ended:
        command.main(words)

    (line,) = capsys.readouterr().err.splitlines()
    assert ended.value.code == 2
    assert line.endswith("; see python -m dualstack verify --help")


ANSWERS = {
    "garbage": (b"\x00\xff" * 400, "does not answer"),
    "nothing": (b"", "does not answer"),
    "HTML": (b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>", "not as the API of Kubernetes"),
    "a list": (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]", "not as the API of Kubernetes"),
    "an empty map": (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", "not say which Kubernetes"),
    "deep JSON": (
        b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + b"[" * 100000,
        "not as the API of Kubernetes",
    ),
    "half a document": (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{", "does not answer"),
    "half a chunk": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}",
        "does not answer",
    ),
    "no gzip": (
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
        "does not answer",
    ),
    "401": (b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n", "does not know this user (401)"),
    "403": (b"HTTP/1.1 403 No\r\nContent-Length: 6\r\n\r\n<html>", "does not allow it (403)"),
    "404": (b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", "refused a request (404)"),
    "500": (b"HTTP/1.1 500 No\r\nContent-Length: 2\r\n\r\n\xff\xfe", "refused a request (500)"),
    "a redirect in circles": (
        b"HTTP/1.1 302 No\r\nLocation: /\r\nContent-Length: 0\r\n\r\n",
        "too many redirects",
    ),
    "a redirect nowhere": (b"HTTP/1.1 302 No\r\nContent-Length: 0\r\n\r\n", "(302: No)"),
    "a redirect to no URL": (
        b"HTTP/1.1 302 No\r\nLocation: http://[\r\nContent-Length: 0\r\n\r\n",
        "127.0.0.1",
    ),
}


@contextlib.contextmanager
def answering(answer, wrap=lambda connection: connection):
    """The port of a server that sends the same bytes to each request; None for a server that never answers."""
    listener = socket.create_server(("127.0.0.1", 0))
    held = []

    def serve():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with contextlib.suppress(OSError):
                connection = wrap(connection)
                connection.recv(65536)
                if answer is not None:
                    connection.sendall(answer)
                    connection.close()
            held.append(connection)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()
        for connection in held:
            connection.close()


def asked(capsys, tmp_path, cluster, *options):
    path = tmp_path / "config"
    path.write_text(kubeconfig(cluster))
    return refused(capsys, "--kubeconfig", str(path), *options)


@pytest.mark.parametrize("kind", ANSWERS)
def test_an_answer_that_is_none_of_kubernetes_is_named(tmp_path, capsys, kind):
    answer, said = ANSWERS[kind]

    with answering(answer) as port:
        line = asked(capsys, tmp_path, {"server": f"http://127.0.0.1:{port}"})

    assert said in line


@pytest.mark.parametrize("host", ["nowhere.invalid", f"{'a' * 64}.invalid", "a..b", "ä.invalid"])
def test_a_server_that_does_not_resolve_is_named(tmp_path, capsys, host):
    line = asked(capsys, tmp_path, {"server": f"https://{host}:6443"})

    assert host in line


def certificate(folder, name, until):
    """The files of a self-signed certificate for 127.0.0.1, and of its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC))
        .not_valid_after(datetime.datetime(until, 1, 1, tzinfo=datetime.UTC))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / f"{name}.crt", folder / f"{name}.key"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return tuple(map(str, paths))


@pytest.mark.parametrize(
    ("authority", "until", "host_and_said"),
    [
        ("another", 2999, ("localhost", "certificate verify failed")),
        ("server", 2021, ("localhost", "certificate has expired")),
        ("server", 2999, ("127.0.0.1", "IP address mismatch")),
    ],
)
def test_a_certificate_that_is_not_of_the_cluster_is_named(
    tmp_path, capsys, authority, until, host_and_said
):
    host, said = host_and_said
    files = certificate(tmp_path, "server", until)
    certificate(tmp_path, "another", 2999)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)

    def wrap(connection):
        return context.wrap_socket(connection, server_side=True)

    with answering(b"", wrap) as port:
        cluster = {
            "server": f"https://{host}:{port}",
            "certificate-authority": str(tmp_path / f"{authority}.crt"),
        }
        line = asked(capsys, tmp_path, cluster)

    assert said in line
    assert line.endswith(
        "Is this the kubeconfig of this cluster? If it is, renew its certificates or the server's."
    )


def test_a_server_without_tls_is_named(tmp_path, capsys):
    with answering(b"HTTP/1.1 400 No\r\n\r\n") as port:
        line = asked(capsys, tmp_path, {"server": f"https://127.0.0.1:{port}"})

    assert "does not answer: " in line


PROXIES = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


@pytest.mark.parametrize("proxy", ["http://127.0.0.1:9", "socks5://127.0.0.1:9"])
@pytest.mark.parametrize("name", PROXIES)
def test_a_cluster_on_this_machine_is_asked_without_a_proxy(verification, monkeypatch, name, proxy):
    monkeypatch.setenv(name, proxy)

    with verification(Model()) as verify:
        code, _, errors = verify.run("--probe")

    assert (code, errors) == (0, "")


@pytest.mark.parametrize(
    ("proxy", "said"),
    [
        ("http://127.0.0.1:9", "Is the proxy of the environment or of the kubeconfig right?"),
        ("socks5://127.0.0.1:9", "pip install PySocks"),
    ],
)
def test_a_proxy_that_does_not_answer_is_named(tmp_path, capsys, monkeypatch, proxy, said):
    monkeypatch.setenv("https_proxy", proxy)

    assert said in asked(capsys, tmp_path, {"server": "https://192.0.2.1:6443"})


@pytest.mark.parametrize(
    ("server", "exempted", "is_exempt"),
    [
        ("https://127.8.8.8:6443", "", True),
        ("https://[::1]:6443", "", True),
        ("https://localhost", "", True),
        ("https://api.corp", "", False),
        ("https://api.corp", "*", True),
        ("https://api.corp", "other, corp", True),
        ("https://api.corp", ".corp", True),
        ("https://corp", ".corp", False),
        ("https://api.corp", "*.corp", True),
        ("https://apicorp", "corp", False),
        ("https://API.Corp", "api.corp", True),
        ("https://api.corp", "api.corp:443", True),
        ("https://api.corp:6443", "api.corp:443", False),
        ("https://10.1.2.3:6443", "10.0.0.0/8", True),
        ("https://11.1.2.3:6443", "10.0.0.0/8", False),
        ("https://[fd00::1]:6443", "fd00::/8", True),
        ("https://[fd00::1]:6443", "[fd00::1]:6443", True),
        ("https://api.corp", "::1,10.0.0.0/8,", False),
    ],
)
def test_hosts_are_exempt_from_the_proxy_as_kubectl_exempts_them(server, exempted, is_exempt):
    assert bypass.is_exempt(server, exempted) is is_exempt


def process(*words, redirected="", **environment):
    """One run of the command as its own process, through a shell."""
    run = [sys.executable, "-m", "components", "verify", *words]
    return subprocess.run(
        ["bash", "-c", f'"$@" {redirected}', "bash", *run],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONWARNINGS": "error"},
        {"PYTHONIOENCODING": "ascii"},
    ],
)
def test_a_process_says_one_line_where_no_server_answers(tmp_path, environment):
    (tmp_path / "config").write_text(kubeconfig({"server": "http://127.0.0.1:9"}))

    ended = process("--kubeconfig", str(tmp_path / "config"), **environment)

    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == (
        "http://127.0.0.1:9 does not answer: Connection refused. Is the address right, and is this machine let in?\n"
    )


def test_a_server_that_hangs_is_given_up(tmp_path):
    # In a process of its own: connections of the tests' process wait as long as it takes.
    program = (
        "import sys; from components.verify import client, command;"
        "client.PATIENCE = (600, 0.1); sys.exit(command.main(sys.argv[1:]))"
    )
    path = tmp_path / "config"

    with answering(None) as port:
        path.write_text(kubeconfig({"server": f"http://127.0.0.1:{port}"}))
        words = [sys.executable, "-c", program, "--kubeconfig", str(path)]
        ended = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)

    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == (
        f"http://127.0.0.1:{port} does not answer: Read timed out. (read timeout=0.1). "
        "Is the address right, and is this machine let in?\n"
    )


@pytest.mark.parametrize(
    ("redirected", "code", "errors"),
    [
        (">/dev/full", 2, "The report is not whole: No space left on device. Make room"),
        (">&-", 0, ""),
        ("2>&-", 0, ""),
        ("| true; exit ${PIPESTATUS[0]}", 0, ""),
    ],
)
@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_report_that_nobody_can_read_ends_without_a_traceback(
    verification, redirected, code, errors, form
):
    with verification(Model()) as verify:
        ended = process("--kubeconfig", verify.kubeconfig, *form, redirected=redirected)

    assert ended.returncode == code
    assert ended.stderr.startswith(errors)
    assert len(ended.stderr.splitlines()) == (1 if errors else 0)


def test_what_nobody_expected_is_one_line_and_its_calls_are_in_a_file(
    tmp_path, capsys, monkeypatch
):
    def broken(*_):
        raise KeyError(SECRET)

    monkeypatch.setattr("components.verify.verifier.connect", broken)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    code = command.main([])

    (path,) = tmp_path.iterdir()
    assert code == 2
    assert capsys.readouterr().err == (
        f"error: unexpected KeyError; report it with the calls that led to it, in {path}\n"
    )
    assert "in broken" in path.read_text()
