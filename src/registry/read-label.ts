/**
 * A label as it is typed, or what `log`, `show` and Git print of a version instead: the beginning of its commit or of
 * its package's hash.
 */
import { MvgitError } from "../base/errors.ts";
import { asModelName, type Label, parseLabel } from "../values/label.ts";
import { readVersionTag } from "../values/tag-message.ts";
import type { Refs } from "./look.ts";
import { nameOf, versionRefs } from "./versions.ts";

const HEXADECIMAL = /^[0-9a-f]{7,64}$/;

/**
 * A model of such a name comes first. Throws `usage` for what is no label, and for what several versions begin with.
 */
export async function readLabel({ git, refs }: Refs, text: string): Promise<Label> {
  const model = asModelName(text);
  if (!HEXADECIMAL.test(text) || (model !== null && versionRefs(refs, model).length > 0)) return parseLabel(text);
  const all = versionRefs(refs);
  const found = all.filter(({ commit }) => commit.startsWith(text));
  if (found.length === 0) {
    let at = 0;
    for await (const { tag } of git.tags(all.map(({ oid }) => oid))) {
      const ref = all[at++] as (typeof all)[number];
      const reading = tag && readVersionTag(tag.message);
      if (reading?.kind === "read" && reading.value.package.startsWith(text)) found.push(ref);
    }
  }
  const [first, second] = found;
  if (second !== undefined)
    throw new MvgitError("usage", `'${text}' means several versions: ${found.slice(0, 5).map(nameOf).join(", ")}`, {
      subject: text,
      hint: "name the one that is meant",
    });
  return first === undefined ? parseLabel(text) : { kind: "version", model: first.model, version: first.version };
}
