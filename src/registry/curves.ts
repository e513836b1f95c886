/** Every curve of one version, as series that charts draw. */
import { plural } from "../base/counts.ts";
import type { GitReader } from "../git/reader.ts";
import { type Curve, readCurves } from "../values/curves.ts";
import { curvesPath } from "../values/package.ts";
import { CURVES_CAP } from "../values/run-log.ts";
import type { Look } from "./look.ts";
import { resolveText } from "./resolve.ts";
import { nameOf, type Version } from "./versions.ts";

export interface CurvesReport {
  /** `MODEL@vN`, whatever was asked for. */
  label: string;
  /** Empty where the run recorded none. */
  curves: Curve[];
  /** What is not among them, in words. */
  notes: string[];
}

/** Throws `label-unknown`, `version-damaged`, `chain-broken`, `policy-refused`. */
export async function curvesOf(look: Look, label: string): Promise<CurvesReport> {
  const { version } = (await resolveText(look, label)).found;
  const { text, isTooLarge } = await curvesText(look.git, version);
  const { curves, malformed, left } = readCurves(text);
  const notes = [
    ...(isTooLarge ? ["its curves are larger than 4 MiB, and were not read"] : []),
    ...(left > 0 ? [`${plural(left, "more curve")} ${left === 1 ? "is" : "are"} in ${curvesPath(version.model)}`] : []),
    ...(malformed > 0 ? [`${plural(malformed, "line")} of its curves could not be read`] : []),
    ...version.pack.notes.filter((note) => note.includes("curves were thinned")),
  ];
  return { label: nameOf(version), curves, notes };
}

async function curvesText(git: GitReader, { commit, model }: Version): Promise<{ text: string; isTooLarge: boolean }> {
  const path = curvesPath(model);
  for await (const bytes of git.filesAt([{ commit, path }], CURVES_CAP))
    if (bytes !== null) return { text: bytes.toString("utf8"), isTooLarge: false };
  return { text: "", isTooLarge: (await git.fileAt(commit, path)) !== null };
}
