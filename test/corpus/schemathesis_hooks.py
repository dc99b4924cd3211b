"""What schemathesis has to be told of the API beyond its settings."""

import json
import os

import schemathesis


@schemathesis.deserializer("application/x-ndjson")
def read_lines(context, response):
    lines = response.content.decode("utf-8").split("\n")
    return [json.loads(line) for line in lines if line != ""]


# What one request does must not take from all others what they need.
@schemathesis.hook
def before_call(context, case, kwargs):
    label, body = case.operation.label, case.body
    if label.endswith("/credentials") and isinstance(body, dict):
        value = body.get("value")
        # Another password, and nobody could log in any more.
        if isinstance(value, str) and 6 <= len(value) <= 128:
            body["value"] = os.environ["PASSWORD"]
    if label == "DELETE /events" and str(case.query.get("before", "0"))[:1].isdigit():
        case.query["before"] = "2001-01-01T00:00:00Z"
