"""Asks the forge's issuer for the job's token and AWS for the role's credentials. Prints them as variables, and masks them in the log."""

import json
import os
import sys
import urllib.parse
import urllib.request

import boto3
from botocore import UNSIGNED
from botocore.config import Config

# The forge knows what a job is. Here the job says it: the runner has no environments.
asked = {
    "audience": "sts.amazonaws.com",
    "environment": os.environ.get("ENVIRONMENT", ""),
    "event": os.environ["GITHUB_EVENT_NAME"],
    "ref": os.environ["GITHUB_REF"],
}
request = urllib.request.Request(
    f"{os.environ['ACTIONS_ID_TOKEN_REQUEST_URL']}?{urllib.parse.urlencode(asked)}",
    headers={"Authorization": f"bearer {os.environ['ACTIONS_ID_TOKEN_REQUEST_TOKEN']}"},
)
with urllib.request.urlopen(request) as answer:
    token = json.load(answer)["value"]

sts = boto3.client(
    "sts", region_name=os.environ["REGION"], config=Config(signature_version=UNSIGNED)
)
credentials = sts.assume_role_with_web_identity(
    RoleArn=os.environ["ROLE"],
    RoleSessionName=os.environ["SESSION"],
    DurationSeconds=int(os.environ["SECONDS_OF_SESSION"]),
    WebIdentityToken=token,
)["Credentials"]
found = {
    "AWS_ACCESS_KEY_ID": credentials["AccessKeyId"],
    "AWS_SECRET_ACCESS_KEY": credentials["SecretAccessKey"],
    "AWS_SESSION_TOKEN": credentials["SessionToken"],
    "AWS_REGION": os.environ["REGION"],
}
for name, value in found.items():
    sys.stdout.write(f"{name}={value}\n")
    if name != "AWS_REGION":
        sys.stderr.write(f"::add-mask::{value}\n")
