"""Run by format.test.ts: reads every test vector with the reader of docs/json-format.md, and compares with its value."""
import json
import sys
from datetime import datetime, timedelta, timezone

with open(sys.argv[1], encoding="utf-8") as document:
    exec(document.read().split("```python\n")[1].split("```")[0])
with open(sys.argv[2], encoding="utf-8") as file:
    vectors = json.load(file)


def build(description, objects):
    if "same" in description:
        return objects[description["same"]]
    kind = description["type"]
    if kind in ("object", "array", "map", "set"):
        value = {} if kind == "object" or is_sparse(description) else []
        objects[description.get("id")] = value
    one = lambda each: build(each, objects)
    properties = {one(key): one(each) for key, each, *_ in description.get("properties", [])}
    if kind in ("undefined", "null"):
        return None
    if kind == "boolean":
        return description["value"]
    if kind == "number":
        return float(description["value"])
    if kind == "bigint":
        return int(description["value"])
    if kind == "string":
        return description["value"] if "value" in description else "".join(map(chr, description["units"]))
    if kind == "symbol":
        return description.get("registered") or description["wellKnown"]
    if kind == "boxed":
        return one(description["primitive"])
    if kind == "url":
        objects[description.get("id")] = description["href"]
        return description["href"]
    if kind in ("searchParams", "headers"):
        return one(description["of"]) if "of" in description else description["pairs"]
    if kind == "regexp":
        return [description[name] for name in ("source", "flags")] + [
            float(description["lastIndex"]) for _ in range("lastIndex" in description)
        ]
    if kind in ("buffer", "bytes"):
        objects[description.get("id")] = bytes.fromhex(description["hex"])
        return objects[description.get("id")]
    if kind == "view":
        start = description["byteOffset"]
        size = 2 if description["class"] == "Int16Array" else 1
        return one(description["buffer"])[start : start + description["length"] * size]
    if kind == "date":
        value = date_of(description["milliseconds"])
        objects[description.get("id")] = value
        return [value, properties] if properties else value
    if kind == "error":
        value = {"type": description["class"]}
        objects[description.get("id")] = value
        value.update({name: one(each) for name, each in description["hidden"].items()})
        if properties:
            value["properties"] = properties
        return value
    if kind == "object":
        value.update(properties)
    elif kind == "map":
        value.extend([one(key), one(each)] for key, each in description["entries"])
    elif kind == "set":
        value.extend(one(each) for each in description["items"])
    elif is_sparse(description):
        elements = {str(index): one(each) for index, each in description["elements"]}
        return [description["length"], {**elements, **properties}]
    else:
        value.extend(one(each) for _, each in description["elements"])
    return value


def is_sparse(description):
    return description["type"] == "array" and (
        "properties" in description or len(description["elements"]) != description["length"]
    )


def date_of(text):
    if text == "NaN":
        return None
    epoch = datetime(1970, 1, 1, tzinfo=timezone.utc)
    try:
        return epoch + timedelta(milliseconds=int(text))
    except OverflowError:
        return str


def is_same(one, other, met):
    if other is str:
        return isinstance(one, str)
    if (id(one), id(other)) in met:
        return True
    if isinstance(one, (dict, list)) and type(one) is type(other) and len(one) == len(other):
        met.add((id(one), id(other)))
        if isinstance(one, list):
            return all(is_same(a, b, met) for a, b in zip(one, other))
        return list(one) == list(other) and all(is_same(one[key], other[key], met) for key in one)
    return repr(one) == repr(other) or one == other and type(one) in (int, float) and str(one) != "-0.0"


failed = []
for vector in vectors["vectors"] + vectors["alsoRead"]:
    value = read(vector["text"])
    expected = build(vector["value"], {})
    if not is_same(value, expected, set()):
        failed.append(f"{vector['name']}: {value!r} is not {expected!r}"[:500])
print(json.dumps({"read": len(vectors["vectors"] + vectors["alsoRead"]), "failed": failed}))
