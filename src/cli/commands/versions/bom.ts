/** `mvgit bom [REPO-URL] LABEL` */
import { resolve } from "node:path";
import { safeJson } from "../../../base/as-document.ts";
import { MvgitError } from "../../../base/errors.ts";
import { display } from "../../../base/paths.ts";
import type { BomReport } from "../../../registry/bom.ts";
import type { Registry } from "../../../registry/registry.ts";
import { ADDRESS_FORMS } from "../../../store/drivers.ts";
import { openWithBytes } from "../../../versions/open-with-bytes.ts";
import { writePaper } from "../../../versions/write-paper.ts";
import { defineCommand } from "../../command.ts";
import { flag, value } from "../../options.ts";
import type { Session } from "../../session.ts";

export const command = defineCommand({
  arguments: "[REPO-URL] LABEL",
  details: `
    A bill of materials of a version in CycloneDX 1.6, as JSON: the model with its scores and settings, weights and
    data with their hashes, the code, the system, interpreters and packages with their purls, and the training run.
    With --in-toto, an in-toto statement with provenance in the form of SLSA instead. Both are unsigned, and the
    same bytes for the same version on every machine. No weights or data are read, but with --sha256.

    With REPO-URL, of a repository elsewhere (https, ssh, or a folder), as 'get' reads it: without a clone.
  `,
  options: {
    out: value("FILE", "write it there, instead of to stdout", "o"),
    inToto: flag("an in-toto statement of provenance instead"),
    sha256: flag("read weights, and data of one file, for their SHA-256"),
    remote: value("URL", `with REPO-URL: where the bytes are: ${ADDRESS_FORMS}`),
    insecure: flag("with REPO-URL: allow plain http beyond this machine"),
  },
  async run({ operands, out, inToto, sha256, ...far }, session): Promise<BomReport & { file: string | null }> {
    const [label = "", address] = operands.toReversed();
    const registry = await openRegistry(address, far, session);
    const form = inToto ? "in-toto" : "cyclonedx";
    const report = await registry.bom(label, { form, sha256 }).finally(() => registry.close());
    if (out === undefined) return { ...report, file: null };
    await writePaper(resolve(session.cwd, out), textOf(report), await session.repoIfAny());
    return { ...report, file: out };
  },
  text(report) {
    if (report.file === null) return textOf(report).trimEnd();
    const what = report.form === "cyclonedx" ? "bill of materials" : "provenance";
    return `${what} of ${report.label} is in '${display(report.file)}'`;
  },
});

async function openRegistry(
  address: string | undefined,
  far: { remote: string | undefined; insecure: boolean },
  session: Session,
): Promise<Registry> {
  if (address !== undefined) return (await openWithBytes(address, { ...session, ...far })).registry;
  if (far.remote === undefined && !far.insecure) return session.registry();
  throw new MvgitError("usage", `'--${far.insecure ? "insecure" : "remote"}' goes with the address of a repository`, {
    hint: "write 'mvgit bom REPO-URL LABEL'; in a clone its settings say where the bytes are",
  });
}

function textOf({ document }: BomReport): string {
  return `${safeJson(JSON.stringify(document, null, 2))}\n`;
}
