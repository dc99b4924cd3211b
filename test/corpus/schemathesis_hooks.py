"""What schemathesis has to be told of the API beyond its settings."""

import json
import os

import schemathesis


@schemathesis.deserializer("application/x-ndjson")
def read_lines(context, response):
    lines = response.content.decode("utf-8").split("\n")
    return [json.loads(line) for line in lines if line != ""]


# Nobody has that domain (RFC 6761).
NOWHERE = "registry.invalid"


def at_home(text):
    """A reference or the name of a registry, so that nothing is asked but what is on this machine."""
    host, slash, rest = text.partition("/")
    # What is refused for its length has to stay so.
    if not 1 <= len(text) <= 255 or host.startswith("127.0.0.1:") or "://" in text:
        return text
    is_host = slash and (host == "localhost" or "." in host or ":" in host)
    return f"{NOWHERE}/{rest if is_host else text}"


def keep_at_home(values):
    if not isinstance(values, dict):
        return
    for name, value in values.items():
        if name == "source" or isinstance(value, dict):
            keep_at_home(value)
        elif name in ("tag", "pullstring", "repository", "subscription_key"):
            values[name] = at_home(value) if isinstance(value, str) else value
        elif name == "registry" and isinstance(value, str):
            values[name] = at_home(value + "/").rstrip("/") if value else value


ASKS_REGISTRIES = ("POST /images", "POST /repositories", "POST /subscriptions", "POST /registries")


# What one request does must not take from all others what they need.
@schemathesis.hook
def before_call(context, case, kwargs):
    label, body = case.operation.label, case.body
    if label in ASKS_REGISTRIES:
        keep_at_home(body)
        keep_at_home(case.query)
    if label.endswith("/credentials") and isinstance(body, dict):
        value = body.get("value")
        # Another password, and nobody could log in any more.
        if isinstance(value, str) and 6 <= len(value) <= 128:
            body["value"] = os.environ["PASSWORD"]
    if label == "DELETE /events" and str(case.query.get("before", "0"))[:1].isdigit():
        case.query["before"] = "2001-01-01T00:00:00Z"
