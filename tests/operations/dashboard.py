"""Draws the dashboard of docs/deploy as Grafana lays it out, with what a Prometheus has seen."""

import json
import pathlib
import re

import matplotlib

matplotlib.use("Agg")
import matplotlib.dates  # noqa: E402
import matplotlib.pyplot as plt  # noqa: E402
import requests  # noqa: E402

DASHBOARD = pathlib.Path(__file__).resolve().parents[2] / "docs/deploy/grafana.json"
COLUMNS = 24


def asked(url, expression, began, ended):
    """What there is to draw: a name, times and values for each."""
    expression = expression.replace("$instance", ".+").replace("[5m]", "[1m]")
    parameters = {"query": expression, "start": began, "end": ended, "step": max(5, (ended - began) / 300)}
    answer = requests.get(f"{url}/api/v1/query_range", params=parameters, timeout=30)
    assert answer.status_code == 200, f"{expression}: {answer.text}"
    return [(one["metric"], [(float(at), float(value)) for at, value in one["values"]]) for one in answer.json()["data"]["result"]]


def name_of(target, metric):
    return re.sub(r"{{\s*(\w+)\s*}}", lambda match: metric.get(match[1], ""), target.get("legendFormat", "")) or "value"


def in_unit(value, unit):
    if unit == "bytes":
        return f"{value / 1e6:,.0f} MB"
    if unit == "s":
        return f"{value / 86400:.1f} d" if value > 86400 else f"{value:.3g} s"
    return f"{value:g}"


def draw(url, began, ended, path):
    panels = json.loads(DASHBOARD.read_text())["panels"]
    height = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in panels)
    figure = plt.figure(figsize=(16, height * 0.42), facecolor="#f4f5f5")
    empty = []
    for panel in panels:
        place = panel["gridPos"]
        left, width = place["x"] / COLUMNS, place["w"] / COLUMNS
        top, tall = 1 - place["y"] / height, place["h"] / height
        if panel["type"] == "row":
            figure.text(left + 0.008, top - tall * 0.7, panel["title"], fontsize=13, weight="bold")
            continue
        unit = panel.get("fieldConfig", {}).get("defaults", {}).get("unit")
        drawn = [(name_of(target, metric), values) for target in panel["targets"] for metric, values in asked(url, target["expr"], began, ended)]
        drawn = [(name, [(at, value) for at, value in values if value == value]) for name, values in drawn]
        drawn = [(name, values) for name, values in drawn if values]
        axes = figure.add_axes([left + 0.025, top - tall + 0.012, width - 0.035, tall - 0.026], facecolor="white")
        axes.set_title(panel["title"], fontsize=9, loc="left")
        if not drawn:
            empty.append(panel["title"])
            axes.text(0.5, 0.5, "nothing happened", ha="center", va="center", transform=axes.transAxes, color="#888")
            axes.set_xticks([]), axes.set_yticks([])
        elif panel["type"] == "stat":
            axes.axis("off")
            axes.text(0.5, 0.45, in_unit(drawn[0][1][-1][1], unit), ha="center", va="center", fontsize=24, transform=axes.transAxes)
        else:
            for name, values in drawn:
                axes.plot([at / 86400 for at, _ in values], [value for _, value in values], label=name, linewidth=1)
            axes.xaxis.set_major_formatter(matplotlib.dates.DateFormatter("%H:%M"))
            axes.yaxis.set_major_formatter(lambda value, _, unit=unit: in_unit(value, unit))
            axes.tick_params(labelsize=7)
            axes.set_ylim(bottom=0)
            axes.grid(alpha=0.3)
            axes.legend(fontsize=6, loc="upper right", ncols=2 if len(drawn) > 6 else 1)
    figure.savefig(path, dpi=75)
    print(f"the dashboard: {path}; nothing to draw in: {', '.join(empty) or 'none'}")
