"""What Schemathesis is told of this service (SCHEMATHESIS_HOOKS)."""

import json

import schemathesis


@schemathesis.serializer("application/jsonl")
def lines(context, value):
    """Lines are sent as they are generated."""
    text = value if isinstance(value, str) else json.dumps(value)
    return text.encode("utf-8", "replace")
