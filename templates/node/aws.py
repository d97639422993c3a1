"""The few AWS calls a machine makes, signed with its own role's credentials."""

import hashlib
import hmac
import json
import os
import random
import re
import time
import urllib.error
import urllib.parse
import urllib.request

import imds
from machine import Failure

TRANSIENT = re.compile(
    r"Throttl|TooManyUpdates|RequestLimitExceeded|InternalServerError|ServiceUnavailable|ExpiredToken"
)
ATTEMPTS = 6
UNKNOWN_SECONDS = 600
"""EC2 may not know a machine for its first minutes, and forgets it an hour after its end."""


class Refused(Exception):
    """AWS answered with an error."""

    def __init__(self, code, message):
        super().__init__(f"{code}: {message}" if message else code)
        self.code = code


def signed(method, url, service, region, body, headers, credentials, now):
    """The headers of one request with Signature Version 4."""
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
    parts = urllib.parse.urlsplit(url)
    headers = {
        **{name.lower(): value for name, value in headers.items()},
        "host": parts.netloc,
        "x-amz-date": stamp,
    }
    if credentials.get("Token"):
        headers["x-amz-security-token"] = credentials["Token"]
    names = ";".join(sorted(headers))
    canonical = "\n".join(
        [
            method,
            parts.path or "/",
            parts.query,
            *[f"{name}:{headers[name].strip()}" for name in sorted(headers)],
            "",
            names,
            hashlib.sha256(body).hexdigest(),
        ]
    )
    scope = f"{stamp[:8]}/{region}/{service}/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = ("AWS4" + credentials["SecretAccessKey"]).encode()
    for word in scope.split("/"):
        key = hmac.new(key, word.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    headers["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={credentials['AccessKeyId']}/{scope}, SignedHeaders={names}, Signature={signature}"
    )
    return headers


class Aws:
    """SSM parameters and the state of instances."""

    def __init__(self, settings):
        self.region = settings["region"]
        self.endpoints = settings["endpoints"]

    def get(self, *names):
        """The values of those parameters that exist, at most ten, by name."""
        answer = self._ssm("GetParameters", {"Names": names, "WithDecryption": True})
        return {found["Name"]: found["Value"] for found in answer["Parameters"]}

    def get_all(self, *names):
        """The values of parameters that must exist, in order."""
        found = self.get(*names)
        missing = [name for name in names if name not in found]
        if missing:
            raise Failure(
                f"SSM has no {', '.join(missing)}; is `pulumi up` done, and may this role read it?"
            )
        return [found[name] for name in names]

    def create(self, name, value):
        """Make a parameter; False when it is there already. Of several callers one gets True."""
        try:
            self._ssm("PutParameter", {"Name": name, "Value": value, "Type": "String"})
        except Refused as error:
            if error.code != "ParameterAlreadyExists":
                raise
            return False
        return True

    def overwrite(self, name, value, kind="String"):
        """Make a parameter or change it."""
        self._ssm("PutParameter", {"Name": name, "Value": value, "Type": kind, "Overwrite": True})

    def age(self, name):
        """For how many seconds a parameter has had its value."""
        found = self._ssm("GetParameter", {"Name": name})["Parameter"]
        return time.time() - float(found["LastModifiedDate"])

    def state(self, instance):
        """An instance's state, as EC2 names it, or None when EC2 does not know it."""
        form = {"Action": "DescribeInstances", "Version": "2016-11-15", "InstanceId.1": instance}
        try:
            answer = self._call(
                "ec2",
                urllib.parse.urlencode(form).encode(),
                {"content-type": "application/x-www-form-urlencoded; charset=utf-8"},
            )
        except Refused as error:
            if error.code == "InvalidInstanceID.NotFound":
                return None
            raise
        found = re.search(r"<instanceState>.*?<name>([a-z-]+)</name>", answer, re.DOTALL)
        return found.group(1) if found else None

    def _ssm(self, action, request):
        answer = self._call(
            "ssm",
            json.dumps(request).encode(),
            {"content-type": "application/x-amz-json-1.1", "x-amz-target": f"AmazonSSM.{action}"},
        )
        return json.loads(answer)

    def _call(self, service, body, headers):
        """One request, tried again while AWS is busy or cannot be reached."""
        urls = self._urls(service)
        for attempt in range(ATTEMPTS):
            try:
                return self._send(urls[attempt % len(urls)], service, body, headers)
            except Refused as error:
                if attempt == ATTEMPTS - 1 or not TRANSIENT.search(error.code):
                    raise
            except OSError as error:
                if attempt == ATTEMPTS - 1:
                    raise Failure(
                        f"cannot reach {' or '.join(urls)}: {error}; check the routes, or set AWS_ENDPOINT_URL in /etc/dualstack/environment"
                    ) from None
            time.sleep(random.uniform(0, 2**attempt))  # noqa: S311
        raise AssertionError("the last attempt raises")

    def _urls(self, service):
        """Where a service answers: as the environment says, else its usual name, else its dual-stack name."""
        override = os.environ.get(f"AWS_ENDPOINT_URL_{service.upper()}") or os.environ.get(
            "AWS_ENDPOINT_URL"
        )
        names = (
            [override]
            if override
            else [form.format(service=service, region=self.region) for form in self.endpoints]
        )
        return [name.rstrip("/") + "/" for name in names]

    def _send(self, url, service, body, headers):
        role = imds.require("meta-data/iam/security-credentials/")
        credentials = json.loads(imds.require(f"meta-data/iam/security-credentials/{role}"))
        signature = signed(
            "POST", url, service, self.region, body, headers, credentials, time.time()
        )
        request = urllib.request.Request(url, data=body, headers=signature, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=15) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as error:
            raise _refusal(error) from None


def _refusal(error):
    """What AWS said, from the JSON of SSM or the XML of EC2."""
    text = error.read().decode(errors="replace")
    try:
        said = json.loads(text)
        return Refused(
            said.get("__type", "").split("#")[-1] or f"HTTP {error.code}",
            said.get("message") or said.get("Message") or "",
        )
    except ValueError:
        code, message = (
            re.search(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL) for tag in ("Code", "Message")
        )
    if not code:
        return Refused("ServiceUnavailable" if error.code >= 500 else f"HTTP {error.code}", "")
    return Refused(code.group(1), message.group(1) if message else "")
