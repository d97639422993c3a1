"""The few AWS calls that a machine makes, signed with the credentials of its IAM role."""

import hashlib
import hmac
import http.client
import json
import os
import random
import re
import time
import urllib.error
import urllib.parse
import urllib.request

import imds
from machine import Failure, say

TRANSIENT = re.compile(
    r"Throttl|TooManyUpdates|LimitExceeded|Internal|Unavailable|Expired|SlowDown|RequestTimeout$|ServerException"
    r"|AccessDenied|UnauthorizedOperation|Unrecognized|HTTP 5"
)
"""Codes of errors that pass: of a busy service, or of a role so new that not every AWS service knows it yet."""
ATTEMPTS = 7
PATIENCE_SECONDS = 900
"""The time to wait for parameters, which may be created minutes after the machine. The load balancer's name is the last."""


class Refused(Exception):
    """AWS answered with an error."""

    def __init__(self, code, message):
        super().__init__(f"AWS refused: {code} {message}")
        self.code = code


def signed(method, url, service, region, body, headers, credentials, now):
    """The headers of one request, with those of Signature Version 4 added."""
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
    parts = urllib.parse.urlsplit(url)
    headers = {**headers, "host": parts.netloc, "x-amz-date": stamp}
    if credentials.get("Token"):
        headers["x-amz-security-token"] = credentials["Token"]
    names = sorted(headers)
    canonical = "\n".join(
        [
            method,
            parts.path,
            parts.query,
            *[f"{name}:{headers[name]}" for name in names],
            "",
            ";".join(names),
            hashlib.sha256(body).hexdigest(),
        ]
    )
    scope = f"{stamp[:8]}/{region}/{service}/aws4_request"
    key = ("AWS4" + credentials["SecretAccessKey"]).encode()
    for word in scope.split("/"):
        key = _mac(key, word).digest()
    text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    headers["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={credentials['AccessKeyId']}/{scope}, "
        f"SignedHeaders={';'.join(names)}, Signature={_mac(key, text).hexdigest()}"
    )
    return headers


def _mac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256)


class Aws:
    """SSM parameters and the state of instances."""

    def __init__(self, settings):
        self.region = settings["region"]
        self.endpoints = settings["endpoints"]

    def get(self, *names):
        """The values of existing parameters, by name. AWS allows at most ten names."""
        answer = self._ssm("GetParameters", Names=names, WithDecryption=True)
        return {found["Name"]: found["Value"] for found in answer["Parameters"]}

    def require(self, *names):
        """The values of parameters, in the order of their names. Waits until all exist; a `Failure` if they do not in time."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            found = self.get(*names)
            missing = ", ".join(name for name in names if name not in found)
            if not missing:
                return [found[name] for name in names]
            if time.monotonic() > deadline:
                raise Failure(
                    f"SSM has no {missing} after {PATIENCE_SECONDS} seconds; did `pulumi up` end well?"
                )
            say(f"waiting for {missing}")
            time.sleep(5)

    def create(self, name, value):
        """Create a parameter; False if it exists already. Of several callers exactly one gets True."""
        try:
            self._ssm("PutParameter", Name=name, Value=value, Type="String")
        except Refused as error:
            if error.code != "ParameterAlreadyExists":
                raise
            return False
        return True

    def overwrite(self, name, value, **more):
        """Create a parameter or change its value."""
        self._ssm(
            "PutParameter",
            **{"Name": name, "Value": value, "Type": "String", "Overwrite": True, **more},
        )

    def below(self, folder):
        """The names of the parameters in a folder."""
        names, more = [], {}
        while True:
            answer = self._ssm("GetParametersByPath", Path=folder, **more)
            names += [found["Name"] for found in answer["Parameters"]]
            if not answer.get("NextToken"):
                return names
            more = {"NextToken": answer["NextToken"]}

    def delete(self, names):
        """Delete parameters, ten at a time: more AWS does not accept. Those that do not exist are no error."""
        for start in range(0, len(names), 10):
            self._ssm("DeleteParameters", Names=names[start : start + 10])

    def age(self, name):
        """The number of seconds since a parameter's value last changed."""
        return time.time() - self._ssm("GetParameter", Name=name)["Parameter"]["LastModifiedDate"]

    def states(self, *instances):
        """The states of the instances that EC2 knows, by id."""
        form = {
            "Action": "DescribeInstances",
            "Version": "2016-11-15",
            "Filter.1.Name": "instance-id",
        }
        form.update((f"Filter.1.Value.{number}", name) for number, name in enumerate(instances, 1))
        answer = self._call(
            "ec2", urllib.parse.urlencode(form), "application/x-www-form-urlencoded"
        )
        return dict(
            re.findall(
                r"<instanceId>(.*?)</instanceId>.*?<instanceState>.*?<name>(.*?)</name>",
                answer,
                re.DOTALL,
            )
        )

    def _ssm(self, action, **request):
        answer = self._call(
            "ssm", json.dumps(request), "application/x-amz-json-1.1", f"AmazonSSM.{action}"
        )
        return json.loads(answer)

    def _call(self, service, body, kind, target=None):
        """Send one request. Try again if AWS is busy or cannot be reached."""
        urls = self._urls(service)
        headers = {"content-type": kind, **({"x-amz-target": target} if target else {})}
        for attempt in range(ATTEMPTS):
            try:
                return self._send(urls[attempt % len(urls)], service, body.encode(), headers)
            except Refused as error:
                if attempt == ATTEMPTS - 1 or not TRANSIENT.search(error.code):
                    raise
            except (OSError, http.client.HTTPException) as error:
                if attempt == ATTEMPTS - 1:
                    raise Failure(
                        f"cannot reach {' or '.join(urls)} ({error}); check the routes, or set AWS_ENDPOINT_URL in /etc/dualstack/environment"
                    ) from None
            time.sleep(random.uniform(0, 2**attempt / 4))  # noqa: S311
        raise AssertionError

    def _urls(self, service):
        """The URLs of a service: the one in the environment, or its usual name and then its dual-stack name."""
        environment = os.environ
        override = environment.get(f"AWS_ENDPOINT_URL_{service.upper()}") or environment.get(
            "AWS_ENDPOINT_URL"
        )
        names = (
            [override] if override else [f"https://{service}.{suffix}" for suffix in self.endpoints]
        )
        return [name.rstrip("/") + "/" for name in names]

    def _send(self, url, service, body, headers):
        roles, hint = "iam/security-credentials/", "does the instance have a profile?"
        credentials = json.loads(imds.require(roles + imds.require(roles, hint), hint))
        headers = signed("POST", url, service, self.region, body, headers, credentials, time.time())
        request = urllib.request.Request(url, data=body, headers=headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=15) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as error:
            raise _refusal(error) from None


def _refusal(error):
    """The error in an answer, which is JSON from SSM and XML from EC2."""
    text = error.read().decode(errors="replace")
    code = re.search(r'"__type": *"(?:[^"]*#)?([^"]+)|<Code>(.*?)<', text)
    message = re.search(r'"[mM]essage": *"([^"]*)|<Message>(.*?)<', text)
    return Refused(
        (code.group(1) or code.group(2)) if code else f"HTTP {error.code}",
        (message.group(1) or message.group(2)) if message else "",
    )
