/**
 * Holds the sources against the list of rooms (rooms.mjs) and the limits (limits.json), which may only go down.
 *
 *   node .ci/check-house.mjs             names what is wrong, and ends with 1
 *   node .ci/check-house.mjs --tighten   lowers limits to what the sources are now
 */
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { circles, measure, summary } from "./figures.mjs";
import { LAYERS } from "./rooms.mjs";
import { filesBelow, parseFile, UNSEEN } from "./sources.mjs";

const LIMITS = fileURLToPath(new URL("limits.json", import.meta.url));

/**
 * What is wrong with the places of these files, one sentence each. `files`: `{ path, imports: [{ to }] }`, paths from
 * the root.
 */
export function roomFaults(files, layers = LAYERS) {
  const rooms = new Map(
    layers.flatMap(({ rooms: names, why }, level) =>
      Object.entries(names).map(([name, { door = null }]) => [name, { level, door, why }]),
    ),
  );
  const faults = [];
  for (const { path, imports } of files) {
    const from = roomOf(path);
    const source = rooms.get(from);
    if (source === undefined)
      faults.push(`${path}: no rule names the room '${from}': give it a layer in .ci/rooms.mjs`);
    if (!path.endsWith(".ts") && !(from === "page" && path.endsWith(".tsx")))
      faults.push(`${path}: src/ holds TypeScript alone, and elements of the page stand in src/page`);
    for (const { to } of imports) {
      if (!to.startsWith("src/")) {
        const told = to === UNSEEN ? "what no literal names: nobody can follow it" : `${to}, which is not of src/`;
        faults.push(`${path}: imports ${told}`);
        continue;
      }
      const room = roomOf(to);
      const target = rooms.get(room);
      if (room === from || target === undefined || source === undefined) continue;
      if (target.level > source.level) faults.push(`${path}: imports ${to}, which is above it: ${source.why}`);
      if (target.level === source.level) faults.push(`${path}: imports ${to}, which stands beside it: ${source.why}`);
      if (!isOfDoor(to.slice(`src/${room}/`.length), target.door))
        faults.push(`${path}: imports ${to}, which is not of the door of '${room}' (${target.door.join(", ")})`);
    }
  }
  return faults;
}

/** The folder of src/ that a file stands in, or its own name. */
function roomOf(path) {
  return path.split("/")[1];
}

function isOfDoor(path, door) {
  return door === null || door.some((pattern) => matches(path.split("/"), pattern.split("/")));
}

/** `*` at the beginning of a name stands for any beginning. */
function matches(names, wanted) {
  return (
    names.length === wanted.length &&
    wanted.every((each, at) => (each.startsWith("*") ? names[at].endsWith(each.slice(1)) : names[at] === each))
  );
}

/** The figures that are above their limits, one sentence each. Both: figures by name, numbers or records of numbers. */
export function limitFaults(figures, limits) {
  return Object.entries(figures).flatMap(([name, figure]) => {
    if (typeof figure === "object") return limitFaults(prefixed(name, figure), prefixed(name, limits[name] ?? {}));
    return figure > (limits[name] ?? 0) ? [`${name}: ${figure}, the limit is ${limits[name] ?? 0}`] : [];
  });
}

function prefixed(name, record) {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [`${name}, ${key}`, value]));
}

/** Counts as low as they are now, and never higher than they were; spreads are goals, and stay. */
export function tightened(figures, limits) {
  return Object.fromEntries(
    Object.entries(limits).map(([name, limit]) => {
      if (typeof limit === "number") return [name, Math.min(limit, figures[name])];
      return [name, "most" in limit ? limit : tightened(figures[name], limit)];
    }),
  );
}

if (resolve(process.argv[1]) === resolve(fileURLToPath(import.meta.url))) {
  const limits = JSON.parse(readFileSync(LIMITS, "utf8"));
  const measured = Object.fromEntries(
    Object.keys(limits).map((folder) => [folder, filesBelow([folder]).map((path) => measure(parseFile(path)))]),
  );
  const figures = Object.fromEntries(
    Object.entries(limits).map(([folder, names]) => {
      const all = summary(measured[folder]);
      return [folder, Object.fromEntries(Object.keys(names).map((name) => [name, all[name]]))];
    }),
  );
  if (process.argv.includes("--tighten")) {
    writeFileSync(LIMITS, `${JSON.stringify(tightened(figures, limits), null, 2)}\n`);
  } else {
    const faults = [...roomFaults(measured.src), ...limitFaults(figures, limits)];
    for (const circle of circles(measured.src, { lazy: true })) faults.push(`a circle: ${circle.join(", ")}`);
    for (const fault of faults) console.error(fault);
    if (faults.length > 0) {
      console.error("'npm run figures' names the places");
      process.exit(1);
    }
  }
}
