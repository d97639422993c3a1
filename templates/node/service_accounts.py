"""The keys of the tokens of ServiceAccounts on this machine: the one that signs, and those whose tokens the API server accepts.

The API server signs the tokens of pods, the controller manager those in Secrets. Both read their files when they start. `sa.pub` may
hold several keys: https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/ (service-account-key-file)
"""

import re

from machine import path, write

PRIVATE, PUBLIC = "/etc/kubernetes/pki/sa.key", "/etc/kubernetes/pki/sa.pub"
MODES = {PRIVATE: 0o600, PUBLIC: 0o644}
READERS = {"kube-apiserver": (PUBLIC, PRIVATE), "kube-controller-manager": (PRIVATE,)}
"""The components that read the files."""
KEY = re.compile(r"-----BEGIN [A-Z ]+-----[^-]+-----END [A-Z ]+-----")


def place(settings, aws):
    """Write the files of the settings, if they name keys; what starts afterwards starts with them."""
    if "serviceAccountKeys" in settings:
        _put(_wanted(settings, aws))


def learn(settings, aws):
    """Write the public keys of the settings beside those that are here."""
    if "serviceAccountKeys" in settings:
        here, wanted = _public(), KEY.findall(_wanted(settings, aws)[PUBLIC])
        _put({PUBLIC: _joined(here + [key for key in wanted if key not in here])})


def done(settings, aws):
    """Whether the files are those of the settings."""
    if "serviceAccountKeys" not in settings:
        return True
    return all(path(file).read_text() == text for file, text in _wanted(settings, aws).items())


def _put(texts):
    """Write the files that have other texts."""
    for file, text in texts.items():
        if not path(file).exists() or path(file).read_text() != text:
            write(file, text, MODES[file])


def _wanted(settings, aws):
    """The files of the settings. The newest key signs; the first of a cluster has no number in its name."""
    folder, numbers = settings["parameters"]["keys"], settings["serviceAccountKeys"]
    names = [
        f"{folder}/sa" if number == 1 else f"{folder}/service-account/{number}"
        for number in numbers
    ]
    (private,) = aws.require(f"{names[0]}.key")
    public = [key for name in names for key in KEY.findall(aws.require(f"{name}.pub")[0])]
    return {PRIVATE: private, PUBLIC: _joined(public)}


def _public():
    return KEY.findall(path(PUBLIC).read_text())


def _joined(keys):
    return "".join(f"{key}\n" for key in keys)
