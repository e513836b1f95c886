/** A model card: the repository's own, completed by what the package knows, or one written from the package. */
import { display } from "../../base/display.ts";
import { readSettingsYaml } from "../strict-yaml.ts";
import { bodyOf } from "./body.ts";
import { headerOf, type HubFacts } from "./header.ts";
import { asPlain, type Plain, yamlText } from "./yaml-text.ts";

export interface OwnCard {
  path: string;
  text: string;
}

/** `notes`: what of the own card could not be taken. */
export async function cardOf(facts: HubFacts, own: OwnCard | null): Promise<{ text: string; notes: string[] }> {
  const known = headerOf(facts);
  if (own === null) return { text: `---\n${yamlText(known)}---\n\n${bodyOf(facts)}`, notes: [] };
  const { header, body } = apart(own.text);
  const { said, notes } = await readHeader(own.path, header);
  const missing = Object.entries(known).filter(([name]) => !covers(said, name));
  return { text: `---\n${yamlText({ ...said, ...Object.fromEntries(missing) })}---\n\n${body}`, notes };
}

/** A license is one statement, in up to three keys. */
function covers(said: { readonly [name: string]: Plain }, name: string): boolean {
  return Object.hasOwn(said, name) || (name.startsWith("license") && Object.hasOwn(said, "license"));
}

/** As Hugging Face takes a header and a text apart. */
function apart(text: string): { header: string | null; body: string } {
  const lines = text.replace(/^\ufeff/, "").split(/\r\n|\r|\n/);
  const start = lines.findIndex((line) => line.trim() !== "");
  const end = lines[start]?.trimEnd() === "---" ? lines.indexOf("---", start + 1) : -1;
  const rest = (end < 0 ? lines : lines.slice(end + 1)).join("\n").replace(/^\n+|\s+$/g, "");
  return { header: end < 0 ? null : lines.slice(start + 1, end).join("\n"), body: `${rest}\n` };
}

async function readHeader(
  path: string,
  header: string | null,
): Promise<{ said: { readonly [name: string]: Plain }; notes: string[] }> {
  if (header === null) return { said: {}, notes: [] };
  const reading = await readSettingsYaml(header, { exact: true });
  const because = (why: string): string => `the header of '${display(path)}' is left out: ${display(why)}`;
  if ("reason" in reading) return { said: {}, notes: [because(reading.reason)] };
  const said = reading.value === null ? {} : asPlain(reading.value);
  if (said === null || typeof said !== "object" || Array.isArray(said))
    return { said: {}, notes: [because("it is no mapping")] };
  return { said: said as { readonly [name: string]: Plain }, notes: [] };
}
