/** Where in the page one is: the fragment of the address, so that it works on any server and without one. */

/** Of `Route`s: what is shown; `state` is what the page keeps of itself in the address. */
export type Route = { state: URLSearchParams } & (
  | { kind: "models" }
  | { kind: "versions"; model: string }
  | { kind: "version"; label: string }
  | { kind: "compare"; labels: readonly string[] }
  | { kind: "stages"; model: string }
  | { kind: "explain" }
  | { kind: "runs" }
  | { kind: "run"; id: string }
  | { kind: "unknown"; path: string }
);

type Kind = Route["kind"];
type Bare<R = Route> = R extends Route
  ? Omit<R, "state"> & { state?: Record<string, string> | URLSearchParams }
  : never;

/** `MODEL@vN` */
const VERSION = /^[a-z0-9][a-z0-9._-]*@v[1-9][0-9]{0,8}$/;

/** Never throws: whatever stands in the address is a route, if only an unknown one. */
export function parseRoute(fragment: string): Route {
  const [path = "", query = ""] = fragment.replace(/^#?\/?/, "").split(/\?(.*)/s);
  const state = new URLSearchParams(query);
  const [first = "", second] = path.split("/").map(decoded);
  if (path === "") return { kind: "models", state };
  if (second !== undefined) {
    if (first === "compare")
      return { kind: "compare", labels: second.split("..").filter((label) => label !== ""), state };
    if (first === "stages") return { kind: "stages", model: second, state };
    if (first === "runs") return { kind: "run", id: second, state };
    return { kind: "unknown", path, state };
  }
  if (first === "-explain") return { kind: "explain", state };
  if (first === "-runs") return { kind: "runs", state };
  if (VERSION.test(first)) return { kind: "version", label: first, state };
  return { kind: "versions", model: first, state };
}

/** The fragment of a route, with its `#`. */
export function formatRoute({ state, ...route }: Bare): string {
  const query = new URLSearchParams(state ?? {}).toString();
  return `#/${PATHS[route.kind](route as never)}${query === "" ? "" : `?${query}`}`;
}

const PATHS: { [K in Kind]: (route: Extract<Bare, { kind: K }>) => string } = {
  models: () => "",
  versions: ({ model }) => encodeURIComponent(model),
  version: ({ label }) => encoded(label),
  compare: ({ labels }) => `compare/${encoded(labels.join(".."))}`,
  stages: ({ model }) => `stages/${encodeURIComponent(model)}`,
  explain: () => "-explain",
  runs: () => "-runs",
  run: ({ id }) => `runs/${encodeURIComponent(id)}`,
  unknown: ({ path }) => path,
};

/** As a part of a path in which `@` may stand as it is. */
function encoded(text: string): string {
  return encodeURIComponent(text).replaceAll("%40", "@");
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
