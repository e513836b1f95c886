/** Charts by themselves, as `charts.test.ts` brings them into the page. */
import { h, render, type VNode } from "preact";
import type { ChartSeries } from "../../src/page/charts/chart-parts.ts";
import { Curves } from "../../src/page/charts/curves.tsx";
import { LineChart } from "../../src/page/charts/line-chart.tsx";
import { SettingsChart } from "../../src/page/charts/settings-chart.tsx";
import { Sparkline } from "../../src/page/charts/sparkline.tsx";
import { readCurves } from "../../src/values/curves.ts";
import { orderedLine } from "../../src/values/plot/line.ts";
import { VersionsChart } from "../../src/page/charts/versions-chart.tsx";

const HOSTILE = "<img src=x onerror=alert(1)>\u202e\n";

function waves(lines: number, points: number): ChartSeries[] {
  return Array.from({ length: lines }, (_, line) => {
    const x = Array.from({ length: points }, (_each, at) => at);
    const y = x.map((at) => Math.sin(at / (points / 20)) + Math.sin(at * 12.9898 + line) / 4 + line);
    return { id: String(line), label: `line ${line}`, colour: line, line: orderedLine(x, y).line };
  });
}

const small = (): ChartSeries[] => [
  { id: "a", label: HOSTILE, colour: 0, line: orderedLine([1, 2, 3, 4], [0.5, 0.25, null, 0.125]).line },
  { id: "b", label: "spam@v3", colour: 1, line: orderedLine([2, 4, 6], [1, -2, 3]).line },
];

/** As a program logs them: two losses, an accuracy and a learning rate, resumed once. */
function recorded(version: number) {
  const lines = [...Array.from({ length: 400 }, (_, at) => at), ...Array.from({ length: 200 }, (_, at) => at + 300)];
  return readCurves(
    lines
      .map((step) => {
        const loss = Math.exp(-step / (100 + 20 * version)) + Math.abs(Math.sin(step * 7.3)) / 8 - 0.01 * version;
        const rest =
          step % 10 === 0 ? { "val/loss": loss + 0.1, accuracy: 1 - loss / 2, "val/lr": 0.1 / (step + 1) } : {};
        return JSON.stringify({ step, time: 1.7e9 + step * 3, epoch: step / 100, "train/loss": loss, ...rest });
      })
      .join("\n"),
  ).curves;
}

const select = (...told: unknown[]): unknown => selected.push(told);
const day = (date: number): string => new Date(Date.UTC(2026, 0, date)).toISOString();

/** A version a day, better each day. */
function log(count: number) {
  return Array.from({ length: count }, (_, at) => ({
    version: at + 1,
    time: day(at + 1),
    params: { lr: 1 / 10 ** (1 + (at % 3)), optimizer: at % 2 === 0 ? "adam" : HOSTILE, layers: 2 + (at % 5), seed: 1 },
    metrics: { accuracy: Number((0.5 + (0.4 * (at + 1)) / (count + 1) + 0.001).toFixed(2)), note: "nan" },
  }));
}

const moves = [
  { stage: "production", event: 2, version: 9, time: day(9) },
  { stage: "production", event: 1, version: 3, time: day(3) },
  { stage: "beta", event: 1, version: 7, time: day(7) },
];

const selected: unknown[] = [];

const cases: Record<string, () => unknown> = {
  small: () =>
    h(LineChart, {
      title: "loss",
      series: small(),
      x: { label: "step" },
      marks: [{ at: 3, label: HOSTILE }],
      onSelect: (place, id) => selected.push([place, id]),
    }),
  log: () => h(LineChart, { title: "loss", series: small(), x: { label: "step" }, y: { label: "loss", log: true } }),
  large: () => h(LineChart, { title: "large", series: waves(1, 100_000), x: { label: "step" } }),
  curves: () => h(Curves, { sources: [{ label: "spam@v3", curves: recorded(0) }] }),
  several: () =>
    h(Curves, { sources: [1, 2, 3].map((version) => ({ label: `spam@v${version}`, curves: recorded(version) })) }),
  versions: () => h(VersionsChart, { score: "accuracy", versions: log(10), moves, onSelect: select }),
  settings: () => h(SettingsChart, { versions: log(10), score: "accuracy", onSelect: select, onFilter: select }),
  search: () => h(SettingsChart, { versions: log(5000), score: "accuracy", onSelect: select, onFilter: select }),
  empty: () => h(LineChart, { title: "empty", series: [], x: { label: "step" } }),
  sparkline: () => h(Sparkline, { values: [0.5, null, 0.75, 0.625], label: "accuracy" }),
};

/** Draws a case in the place of the page's own content. */
function show(name: string): void {
  const main = document.getElementById("main") as HTMLElement;
  main.replaceChildren(Object.assign(document.createElement("h1"), { textContent: "Charts" }));
  const place = document.createElement("div");
  main.append(place);
  render(cases[name]?.() as VNode, place);
}

Object.assign(globalThis, { charts: { show, selected } });
