/** Which page belongs to which address. */
import type { ComponentChildren } from "preact";
import { plural } from "../base/counts.ts";
import { ComparePage } from "./compare/compare-page.tsx";
import { ExplainPage } from "./explain/explain-page.tsx";
import { ModelsPage } from "./models/models-page.tsx";
import type { Route } from "./route.ts";
import { RunPage } from "./runs/run-page.tsx";
import { RunsPage } from "./runs/runs-page.tsx";
import { StagesPage } from "./stages/stages-page.tsx";
import { VersionPage } from "./version/version-page.tsx";
import { VersionsPage } from "./versions/versions-page.tsx";

interface Page<R> {
  /** The heading, also that of the browser's tab. */
  title(route: R): string;
  draw(route: R): ComponentChildren;
}

export const PAGES: { [K in Route["kind"]]: Page<Extract<Route, { kind: K }>> } = {
  models: { title: () => "Models", draw: (route) => <ModelsPage {...route} /> },
  versions: { title: ({ model }) => model, draw: (route) => <VersionsPage {...route} /> },
  version: { title: ({ label }) => label, draw: (route) => <VersionPage {...route} /> },
  compare: {
    title: ({ labels }) => `Compare ${plural(labels.length, "version")}`,
    draw: (route) => <ComparePage {...route} />,
  },
  stages: { title: ({ model }) => `Stages of ${model}`, draw: (route) => <StagesPage {...route} /> },
  explain: { title: () => "Explain", draw: (route) => <ExplainPage {...route} /> },
  runs: { title: () => "Runs", draw: (route) => <RunsPage {...route} /> },
  run: { title: ({ id }) => `Run ${id}`, draw: (route) => <RunPage {...route} /> },
  unknown: {
    title: () => "Nothing here",
    draw: () => <p>This address leads nowhere. The models are behind the name at the top.</p>,
  },
};
