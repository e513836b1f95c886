/** The way to where one is. */
import { display } from "../../base/display.ts";
import { formatRoute, type Route } from "../route.ts";

interface Crumb {
  words: string;
  to: string;
}

const MODELS: Crumb = { words: "Models", to: formatRoute({ kind: "models" }) };

/** What lies above a page; empty for those that lie at the top. */
function crumbsOf(route: Route): Crumb[] {
  if (route.kind === "versions" || route.kind === "unknown") return [MODELS];
  if (route.kind === "stages") return [MODELS, modelCrumb(route.model)];
  if (route.kind === "version") return [MODELS, modelCrumb(modelOf(route.label))];
  if (route.kind === "run") return [{ words: "Runs", to: formatRoute({ kind: "runs" }) }];
  if (route.kind !== "compare") return [];
  const models = new Set(route.labels.map(modelOf));
  return [MODELS, ...[...models].slice(0, 3).map(modelCrumb)];
}

function modelOf(label: string): string {
  return label.replace(/@.*$/s, "");
}

function modelCrumb(model: string): Crumb {
  return { words: model, to: formatRoute({ kind: "versions", model }) };
}

export function Crumbs({ route }: { route: Route }) {
  const crumbs = crumbsOf(route);
  if (crumbs.length === 0) return null;
  return (
    <nav class="crumbs" aria-label="Above this page">
      <ol>
        {crumbs.map(({ words, to }) => (
          <li key={to}>
            <a href={to}>{display(words).slice(0, 100)}</a>
          </li>
        ))}
      </ol>
    </nav>
  );
}

/** The pages of one model, beside each other. */
export function ModelPages({ route }: { route: Route }) {
  if (route.kind !== "versions" && route.kind !== "stages") return null;
  const { kind, model } = route;
  const link = (to: "versions" | "stages", words: string) => (
    <a href={formatRoute({ kind: to, model })} {...(kind === to && { "aria-current": "page" as const })}>
      {words}
    </a>
  );
  return (
    <nav class="tabs" aria-label={`Pages of ${display(model)}`}>
      {link("versions", "Versions")}
      {link("stages", "Stages")}
    </nav>
  );
}
