"""A bucket of S3, by its dual-stack name."""

import base64
import errno
import hashlib
import http.client
import json
import os
import random
import re
import shutil
import time
import urllib.error
import urllib.parse
import urllib.request

import imds
from aws import ATTEMPTS, TRANSIENT, Refused, signed
from machine import Failure

SECONDS = 60
"""The time in which S3 must take or give the next bytes."""

DISK = (errno.ENOSPC, errno.EDQUOT, errno.EIO)
"""What a disk says that does not take more. No connection says it."""


class Bucket:
    """The objects in a bucket."""

    def __init__(self, settings, name):
        self.name = name
        self.region = settings["region"]
        override = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
        # The dual-stack name is in the usual domain of AWS in every partition, and not in that of other services.
        # https://docs.aws.amazon.com/AmazonS3/latest/userguide/dual-stack-endpoints.html
        self.url = (
            f"{override.rstrip('/')}/{name}"
            if override
            else f"https://{name}.s3.dualstack.{settings['endpoints'][0]}"
        )

    def put(self, key, content):
        """Write an object. `content` is bytes, or a file in memory (`mmap`), which is not copied."""
        # A bucket with an object lock takes no object without a checksum.
        checksum = base64.b64encode(hashlib.sha256(content).digest()).decode()
        headers = {
            "content-type": "application/octet-stream",
            "content-length": str(len(content)),
            "x-amz-checksum-sha256": checksum,
        }
        self._ask("PUT", key, content=content, headers=headers)

    def get(self, key, file):
        """Write an object into a file; a `Refused` with the code NoSuchKey if there is none, an `OSError` if the disk does not take it."""

        def copy(answer):
            file.seek(0)
            file.truncate()
            shutil.copyfileobj(answer, file)
            # A connection that breaks looks like the end of the object.
            if file.tell() != int(answer.headers["content-length"]):
                raise OSError(f"it broke off after {file.tell()} bytes of {key}")

        self._ask("GET", key, read=copy)

    def keys(self, prefix):
        """The keys that begin with a prefix, in their order."""
        found, more = [], {}
        while True:
            query = {"list-type": "2", "prefix": prefix, **more}
            text = self._ask("GET", "", query=query, read=lambda answer: answer.read().decode())
            found += re.findall(r"<Key>(.*?)</Key>", text)
            token = re.search(r"<NextContinuationToken>(.*?)</NextContinuationToken>", text)
            if not token:
                return found
            more = {"continuation-token": token.group(1)}

    def _ask(self, method, key, query=None, content=b"", headers=None, read=None):
        """Send one request, and read its answer. Try again if S3 is busy or cannot be reached."""
        url = f"{self.url}/{urllib.parse.quote(key)}"
        if query:
            # The signature is of the parameters in alphabetical order.
            pairs = sorted(query.items())
            url += f"?{urllib.parse.urlencode(pairs, quote_via=urllib.parse.quote, safe='')}"
        for attempt in range(ATTEMPTS):
            try:
                with self._sent(method, url, content, headers or {}) as answer:
                    return read(answer) if read else None
            except Refused as error:
                if attempt == ATTEMPTS - 1 or not TRANSIENT.search(error.code):
                    raise
            except (OSError, http.client.HTTPException) as error:
                if getattr(error, "errno", None) in DISK:
                    raise
                if attempt == ATTEMPTS - 1:
                    raise Failure(
                        f"cannot reach {self.url} ({error}); check the routes, and the endpoint of S3 in the VPC"
                    ) from None
            time.sleep(random.uniform(0, 2**attempt / 4))  # noqa: S311
        raise AssertionError

    def _sent(self, method, url, content, headers):
        roles, hint = "iam/security-credentials/", "does the instance have a profile?"
        credentials = json.loads(imds.require(roles + imds.require(roles, hint), hint))
        digest = hashlib.sha256(content).hexdigest()
        headers = signed(
            method,
            url,
            "s3",
            self.region,
            content,
            {**headers, "x-amz-content-sha256": digest},
            credentials,
            time.time(),
        )
        if hasattr(content, "seek"):
            content.seek(0)
        request = urllib.request.Request(url, data=content or None, headers=headers, method=method)
        try:
            return urllib.request.urlopen(request, timeout=SECONDS)
        except urllib.error.HTTPError as error:
            text = error.read().decode(errors="replace")
            code = re.search(r"<Code>(.*?)<", text)
            message = re.search(r"<Message>(.*?)<", text)
            raise Refused(
                code.group(1) if code else f"HTTP {error.code}",
                f"{message.group(1) if message else ''} ({method} {url.partition('?')[0]})",
            ) from None
