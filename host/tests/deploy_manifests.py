"""Holds the manifests of `deploy/` against the models of the packages `kserve` and `kubernetes`: every field has to be one of the model's, of its
type.

Usage: deploy_manifests.py FOLDER
"""

import copy
import pathlib
import re
import sys

import kserve
import kubernetes.client
import yaml

MODELS = {
    "ServingRuntime": "V1alpha1ServingRuntime",
    "InferenceService": "V1beta1InferenceService",
    "DaemonSet": "V1DaemonSet",
}
PLAIN = {"str": str, "int": int, "bool": bool, "float": (int, float), "object": object}


def faults(data, kind, at):
    """What of `data` is not of `kind`, as a list of sentences."""
    if kind in PLAIN:
        return [] if isinstance(data, PLAIN[kind]) else [f"{at}: {data!r} is not of the type {kind}"]
    if many := re.fullmatch(r"[Ll]ist\[(.*)\]", kind):
        if not isinstance(data, list):
            return [f"{at}: {data!r} is no list"]
        return [fault for i, one in enumerate(data) for fault in faults(one, many[1], f"{at}[{i}]")]
    if many := re.fullmatch(r"[Dd]ict[(\[]str, (.*)[)\]]", kind):
        return [fault for name, one in data.items() for fault in faults(one, many[1], f"{at}.{name}")]
    # some names have their package before them
    kind = kind.rsplit(".", 1)[-1]
    model = getattr(kserve, kind, None) or getattr(kubernetes.client, kind)
    fields = {name: model.openapi_types[own] for own, name in model.attribute_map.items()}
    unknown = [f"{at}: {kind} has no field {name}" for name in data if name not in fields]
    return unknown + [fault for name, one in data.items() if name in fields for fault in faults(one, fields[name], f"{at}.{name}")]


def spoilt(document):
    """Copies of a manifest, each with a field that there is not."""
    places = [[], ["spec"], ["metadata"]]
    if document["kind"] == "ServingRuntime":
        places += [["spec", "containers", 0], ["spec", "containers", 0, "securityContext"]]
    for place in places:
        copied = copy.deepcopy(document)
        at = copied
        for step in place:
            at = at[step]
        at["unknown"] = 1
        yield place, copied


def main():
    checked = 0
    for path in sorted(pathlib.Path(sys.argv[1]).rglob("*.yaml")):
        for document in yaml.safe_load_all(path.read_text(encoding="utf-8")):
            kind = document["kind"]
            found = faults(document, MODELS[kind], kind)
            assert not found, f"{path}: " + "; ".join(found)
            for place, wrong in spoilt(document):
                assert faults(wrong, MODELS[kind], kind), f"{path}: an unknown field in {place} is not seen"
            checked += 1
    print(f"{checked} manifests are as the models of kserve and kubernetes {kubernetes.__version__} have them")


if __name__ == "__main__":
    main()
