/** `mvgit bom LABEL` */
import { resolve } from "node:path";
import { safeJson } from "../../../base/as-document.ts";
import { display } from "../../../base/paths.ts";
import type { BomReport } from "../../../registry/bom.ts";
import { writePaper } from "../../../versions/write-paper.ts";
import { defineCommand } from "../../command.ts";
import { flag, value } from "../../options.ts";

export const command = defineCommand({
  arguments: "LABEL",
  details: `
    A bill of materials of a version in CycloneDX 1.6, as JSON: the model with its scores and settings, weights and
    data with their hashes, the code, the system, interpreters and packages with their purls, and the training run.
    With --in-toto, an in-toto statement with provenance in the form of SLSA instead. Both are unsigned, and the
    same bytes for the same version on every machine. No weights or data are read, but with --sha256.
  `,
  options: {
    out: value("FILE", "write it there, instead of to stdout", "o"),
    inToto: flag("an in-toto statement of provenance instead"),
    sha256: flag("read weights, and data of one file, for their SHA-256"),
  },
  async run({ operands: [label = ""], out, inToto, sha256 }, session): Promise<BomReport & { file: string | null }> {
    const registry = await session.registry();
    const report = await registry.bom(label, { form: inToto ? "in-toto" : "cyclonedx", sha256 });
    if (out === undefined) return { ...report, file: null };
    const repo = await session.repo().catch(() => null);
    await writePaper(resolve(session.cwd, out), textOf(report), repo);
    return { ...report, file: out };
  },
  text(report) {
    if (report.file === null) return textOf(report).trimEnd();
    const what = report.form === "cyclonedx" ? "bill of materials" : "provenance";
    return `${what} of ${report.label} is in '${display(report.file)}'`;
  },
});

function textOf({ document }: BomReport): string {
  return `${safeJson(JSON.stringify(document, null, 2))}\n`;
}
