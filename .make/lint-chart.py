"""Lints the Helm chart with Helm's own library, renders it, and checks every object against the Kubernetes schemas of its lowest version."""

import sys
from pathlib import Path

import helm_python
import kubernetes_validate
import yaml

LOWEST = "1.30"
CHART = Path(__file__).parent.parent / "deploy" / "chart"
# Objects of the Prometheus operator have no schema in Kubernetes itself.
FOREIGN = "monitoring.coreos.com/v1"


def check(title, values):
    """Lints and renders with these values; returns what is wrong."""
    report = helm_python.lint(CHART, values, strict=True, kube_version=f"v{LOWEST}.0")
    wrong = [f"{title}: {message['path']}: {message['error']}" for message in report["messages"] if message["severity"] >= 2]
    seen = 0
    for path, text in helm_python.Chart.load(CHART).render(values, name="try", namespace="fairway").items():
        if path.endswith("NOTES.txt"):
            continue
        for document in filter(None, yaml.safe_load_all(text)):
            seen += 1
            if document["apiVersion"] == FOREIGN:
                continue
            try:
                kubernetes_validate.validate(document, LOWEST, strict=True)
            except kubernetes_validate.ValidationError as problem:
                wrong.append(f"{title}: {path}: {problem}")
    print(f"   {title}: {seen} objects")
    return wrong


def hops(values):
    """How many proxies the rendered deployment says stand before Fairway."""
    texts = helm_python.Chart.load(CHART).render(values, name="try", namespace="fairway").items()
    text = next(text for path, text in texts if path.endswith("deployment.yaml"))
    settings = yaml.safe_load(text)["spec"]["template"]["spec"]["containers"][0]["env"]
    return [setting["value"] for setting in settings if setting["name"] == "FAIRWAY_TRUSTED_PROXIES"]


def main():
    everything = helm_python.values_from_yaml((CHART / "ci" / "everything-values.yaml").read_text())
    least = {name: everything[name] for name in ("image", "proxy")}
    wrong = check("everything", everything) + check("least", least)
    refused = (
        {},
        {**least, "image": {"repository": "fairway", "digest": "latest"}},
        {**least, "publicUrl": "fairway.example.com"},
        {**least, "environment": {"FAIRWAY_GITHUB_TOKEN": "in plain sight"}},
    )
    before = (
        (least, ["1"]),
        (everything, ["2"]),
        ({**least, "environment": {"FAIRWAY_TRUSTED_PROXIES": "3"}}, ["3"]),
    )
    for values, expected in before:
        if hops(values) != expected:
            wrong.append(f"{hops(values)} proxies stand before Fairway, not {expected}")
    for broken in refused:
        report = helm_python.lint(CHART, broken)
        if not any(message["severity"] == 3 for message in report["messages"]):
            wrong.append(f"the schema accepts {broken}")
    for line in wrong:
        print(line, file=sys.stderr)
    return 1 if wrong else 0


sys.exit(main())
