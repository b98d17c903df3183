"""The JSON Schema of a programme, as published to those who write one."""

from loyalty.programme.model import Programme

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def programme_schema() -> dict[str, object]:
    """The schema of what this release builds. References and sums are checked on reading: no schema can say them."""
    return {"$schema": DIALECT, "$id": "urn:kopilka:programme:1", **Programme.model_json_schema(by_alias=True)}
