/** `stages.yaml`: what each stage holds, as people read and review it. A view: the event tags are the truth. */
import { MvgitError } from "../base/errors.ts";
import { asModelName, asStageName, type ModelName, type StageName } from "./label.ts";
import { parseOne } from "./strict-yaml.ts";

export const STAGES_FILE = "stages.yaml";
/** Bytes. */
export const STAGES_CAP = 1024 * 1024;

/** What the file says of one stage. */
export interface StageLine {
  model: ModelName;
  stage: StageName;
  /** Null: the stage is to hold nothing. */
  version: number | null;
  /** The event that the line was written after; null where nobody says. */
  event: number | null;
}

const HEAD =
  "# What each stage holds. Written by mvgit from the event tags; to move a stage by review, change its number.\n";

/** The one text for these lines; stages that hold nothing are left out. */
export function formatStages(lines: readonly StageLine[]): string {
  const models = new Map<ModelName, string[]>();
  const sorted = lines
    .filter((line) => line.version !== null)
    .toSorted((a, b) => (`${a.model}\0${a.stage}` < `${b.model}\0${b.stage}` ? -1 : 1));
  for (const { model, stage, version, event } of sorted) {
    const line = `  ${key(stage)}: ${version}${event === null ? "" : `  # event ${event}`}\n`;
    const body = models.get(model) ?? [];
    body.push(line);
    models.set(model, body);
  }
  return (
    HEAD +
    (models.size === 0 ? "{}\n" : [...models].map(([model, body]) => `${key(model)}:\n${body.join("")}`).join(""))
  );
}

/** A name as YAML takes it for text. */
function key(name: string): string {
  return /^[a-z][a-z0-9_-]*$/.test(name) && !/^(true|false|null|yes|no|on|off|y|n)$/.test(name)
    ? name
    : JSON.stringify(name);
}

/** What a person or mvgit wrote. Throws `setting-invalid` saying what cannot be understood. */
export async function readStages(text: string): Promise<StageLine[]> {
  if (Buffer.byteLength(text) > STAGES_CAP) throw invalid("it is larger than 1 MiB");
  const { isMap, isScalar } = await import("yaml");
  const parsed = await parseOne(text, { schema: "core" });
  if ("reason" in parsed) throw invalid(parsed.reason);
  const contents = parsed.document?.contents ?? null;
  if (contents === null || (isScalar(contents) && contents.value === null)) return [];
  if (!isMap(contents)) throw invalid("it is not of the form 'model: {stage: number}'");
  return contents.items.flatMap(({ key: name, value: stages }) => {
    const model = isScalar(name) ? asModelName(name.source ?? "") : null;
    if (!model) throw invalid("a name in it cannot be a model's");
    if (!isMap(stages)) throw invalid(`'${model}' does not list stages`);
    return stages.items.map(({ key: word, value }) => {
      const stage = isScalar(word) ? asStageName(word.source ?? "") : null;
      if (!stage) throw invalid(`a name below '${model}' cannot be a stage's`);
      return { model, stage, ...readHeld(value, isScalar(value) ? value : null, `${model}#${stage}`) };
    });
  });
}

/** What stands behind a stage's name, `scalar` where it is one value. */
function readHeld(
  value: unknown,
  scalar: { value: unknown; comment?: string | null | undefined } | null,
  shown: string,
): Pick<StageLine, "version" | "event"> {
  const held = scalar === null ? value : scalar.value;
  const version = typeof held === "string" && /^v[1-9][0-9]{0,8}$/.test(held) ? Number(held.slice(1)) : held;
  const isNumber = typeof version === "number" && Number.isSafeInteger(version) && version > 0;
  if (version !== null && !isNumber) throw invalid(`'${shown}' is not the number of a version`);
  const event = /^ event ([1-9][0-9]{0,8})\b/.exec(scalar?.comment ?? "")?.[1];
  return { version, event: event === undefined ? null : Number(event) };
}

function invalid(reason: string): MvgitError {
  return new MvgitError("setting-invalid", `cannot read '${STAGES_FILE}': ${reason}`, {
    subject: STAGES_FILE,
    hint: `mend it, or let 'mvgit stage check --write' make it anew`,
  });
}
