/**
 * Settings that a command asks for: its own words, and the files of settings that it names. Read before the command
 * runs.
 */
import { posix } from "node:path";
import { display, parentOf, type RepoPath } from "../../../base/paths.ts";
import { prose } from "../../../base/prose.ts";
import { type Declared, declaredOptions, NOTHING_DECLARED } from "../../../values/declared-options.ts";
import { COMMAND, type Layer } from "../../../values/layers.ts";
import { type Invocation, launched, launchedBy } from "../../../values/launchers.ts";
import { type Given, type OptionWords, optionWords, typedWord } from "../../../values/option-words.ts";
import { flatten, type Lost } from "../../../values/recorded-values.ts";
import { readSettingsYaml } from "../../../values/strict-yaml.ts";
import type { Repo } from "../../../repo/repo.ts";
import type { Stamp } from "../../../worktree/stamp.ts";
import { insideOf, plainFile, textOf } from "../inside.ts";
import { lostNotes } from "../kept/lost-notes.ts";
import { type Named, NamedFiles } from "./named-files.ts";

export interface AskedSettings {
  /** Of the files that it names, in order, then its own. */
  layers: Layer[];
  notes: string[];
  /** Notes that hold where no framework wrote what it made of all that. */
  partial: string[];
  /** Of the files that were read. */
  stamps: Map<RepoPath, Stamp>;
}

export interface Asking {
  /** As recorded, secrets as `${NAME}`. */
  command: readonly string[];
  /** The names of these. */
  secrets: readonly string[];
  /** Where it starts, relative to the top. */
  folder: string;
  /** Files that are read already, and what the command is to write: no files of settings that it names. */
  besides: readonly RepoPath[];
}

const SCRIPT_CAP = 1024 * 1024;
const ARGUMENTS_CAP = 64 * 1024;

/** Never throws for what the words or files are. */
export async function askedSettings(repo: Repo, { command, secrets, folder, besides }: Asking): Promise<AskedSettings> {
  const { invocations, conditional, unknown } = launched(command, secrets);
  const files = await NamedFiles.of(repo, besides);
  const own: Layer = { origin: COMMAND, params: Object.create(null) as Layer["params"], removed: [] };
  const inner: Layer[] = [];
  for (const path of environmentFiles(command)) await files.take({ typed: path, option: "env_file", folder });
  const notes = [...unknown];
  const partial: string[] = [];
  for (const { invocation, script: origin } of withScripts(repo, folder, invocations, notes)) {
    const place = { repo, folder: posix.join(folder, invocation.folder), invocation };
    const script = scriptTextOf(place);
    const declared = script === null ? NOTHING_DECLARED : declaredOptions(script);
    partial.push(...unresolved(script ?? ""));
    const { words, given } = withArgumentFiles(place, declared);
    for (const named of namedIn(words)) await files.take({ ...named, folder: place.folder });
    for (const named of hydraFiles(place, words)) await files.takeFirst(named);
    const lost: Lost[] = [];
    for (const each of given)
      inner.push({
        origin: each.path,
        params: flatten(await typed(each.words.given), lost),
        removed: each.words.removed,
      });
    const params = flatten(await typed(words.given), lost);
    const twice =
      origin === null
        ? Object.keys(params).filter((name) => Object.hasOwn(own.params, name) && own.params[name] !== params[name])
        : [];
    notes.push(
      ...twice.map(
        (name) => `'${display(name)}' was given to two programs of the command, with two values: the last counts`,
      ),
    );
    if (origin === null) Object.assign(own.params, params);
    else inner.push({ origin, params, removed: words.removed });
    if (origin === null) own.removed = [...(own.removed ?? []), ...words.removed];
    notes.push(
      ...words.unknown.map(
        (each) => `settings of ${origin === null ? "the command" : `'${display(origin)}'`}: ${display(each)}`,
      ),
      ...lostNotes(origin ?? "the command", lost, "settings"),
    );
  }
  // What may have been given otherwise is not that of a file.
  own.removed = [...(own.removed ?? []), ...conditional.flatMap(({ args }) => [...optionWords(args).given.keys()])];
  return {
    layers: [...files.layers, ...inner, own],
    notes: [...new Set([...notes, ...files.notes])].slice(0, MOST_NOTES),
    partial: [...new Set([...partial, ...files.partial])].slice(0, MOST_NOTES),
    stamps: files.stamps,
  };
}

const MOST_NOTES = 20;

interface Place {
  repo: Repo;
  folder: string;
  invocation: Invocation;
}

const SHELL_CAP = 64 * 1024;
/** The first line of a shell's script that has no ending. */
const SHEBANG = /^#!.*\b(?:ba|da|z|k)?sh\b/;

/** Each with the programs that it starts, where it is a shell's script of the work tree. */
function withScripts(
  repo: Repo,
  folder: string,
  invocations: readonly Invocation[],
  notes: string[],
): { invocation: Invocation; script: RepoPath | null }[] {
  return invocations.flatMap((invocation) => {
    const isNamed = /\.(?:sh|bash|zsh|ksh)$/.test(invocation.program);
    const path =
      isNamed || /(?:^|\/)[^./]+$/.test(invocation.program)
        ? insideOf(repo, posix.join(folder, invocation.folder), invocation.program)
        : null;
    const read = path && textOf(repo, path, SHELL_CAP);
    const text = read !== null && (isNamed || (invocation.program.includes("/") && SHEBANG.test(read))) ? read : null;
    const by = text === null ? null : launchedBy(text);
    notes.push(...(by?.unknown ?? []).map((each) => `settings of '${display(path as string)}': ${each}`));
    const within = (by?.invocations ?? []).map((each) => ({
      invocation: { ...each, folder: posix.join(invocation.folder, each.folder) },
      script: path,
    }));
    return [...within, { invocation, script: null }];
  });
}

/** Files of variables, whichever program they are given to: `--env-file .env` of uv, Node and Docker. */
function environmentFiles(command: readonly string[]): string[] {
  return command.flatMap((word, at) => {
    if (word === "--env-file") return command[at + 1] ?? [];
    return word.startsWith("--env-file=") ? word.slice("--env-file=".length) : [];
  });
}

/** The script of the work tree that is run, where it can be told. */
function scriptOf({ repo, folder, invocation: { program } }: Place): RepoPath | null {
  const module = program.startsWith("-m ") ? program.slice(3).replaceAll(".", "/") : null;
  const places =
    module === null
      ? [program]
      : [`${module}.py`, `${module}/__main__.py`, `src/${module}.py`, `src/${module}/__main__.py`];
  return (
    places
      .map((each) => insideOf(repo, folder, each))
      .find((path) => path !== null && /\.pyw?$/.test(path) && plainFile(repo, path) !== null) ?? null
  );
}

function scriptTextOf(place: Place): string | null {
  const script = scriptOf(place);
  return script && textOf(place.repo, script, SCRIPT_CAP);
}

/** What puts settings together from more than is seen, and writes down what it made of them. */
const RESOLVERS: readonly (readonly [string, RegExp])[] = [
  ["Hydra", /@hydra\.main\b/],
  ["LightningCLI", /\bLightningCLI\(/],
];

function unresolved(script: string): string[] {
  return RESOLVERS.filter(([, sign]) => sign.test(script)).map(
    ([name]) =>
      prose`the program is one of ${name}, and no configuration that it wrote for this run was found in the
        work tree: settings that it had from elsewhere are not known`,
  );
}

/** The words less those that name a file of words (`@args.txt`, one a line), and what these say. */
function withArgumentFiles(
  { repo, folder, invocation }: Place,
  declared: Declared,
): { words: OptionWords; given: { path: RepoPath; words: OptionWords }[] } {
  const { assignmentsOnly } = invocation;
  const given: { path: RepoPath; words: OptionWords }[] = [];
  const args = invocation.args.filter((word) => {
    const path = word.startsWith("@") && word.length > 1 ? insideOf(repo, folder, word.slice(1)) : null;
    const text = path && textOf(repo, path, ARGUMENTS_CAP);
    if (path === null || text === null) return true;
    given.push({
      path,
      words: optionWords(
        text.split(/\r?\n/).filter((line) => line !== ""),
        { declared },
      ),
    });
    return false;
  });
  return { words: optionWords(args, { declared, assignmentsOnly }), given };
}

function namedIn({ given, positionals }: OptionWords): Pick<Named, "typed" | "option">[] {
  const texts = (value: Given): string[] => {
    if (typeof value === "string") return [value];
    return Array.isArray(value) ? value.flatMap(texts) : [];
  };
  return [
    ...[...given].flatMap(([option, value]) => texts(value).map((typed) => ({ typed, option }))),
    ...positionals.map((typed) => ({ typed, option: null })),
  ];
}

/** Where Hydra looks for the configuration that `--config-name` names: `--config-path` is relative to the script. */
function hydraFiles(place: Place, { given }: OptionWords): Named[][] {
  const text = (...names: string[]): string | null =>
    (names.map((name) => given.get(name)).find((value) => typeof value === "string") as string | undefined) ?? null;
  const name = text("config_name", "cn");
  if (name === null) return [];
  const file = /\.ya?ml$/.test(name) ? name : `${name}.yaml`;
  const script = scriptOf(place);
  const home = script === null ? place.folder : parentOf(script);
  const path = text("config_path", "cp");
  const folder = text("config_dir", "cd");
  const below = (folders: readonly string[], from: string): Named[] =>
    folders.map((each) => ({ typed: posix.join(each, file), option: "config_name", folder: from }));
  return [
    [
      ...below(path === null ? ["conf", "configs", "config", "."] : [path], home),
      ...(folder === null ? [] : below([folder], place.folder)),
    ],
  ];
}

/** With values as they are meant: what begins like a list or mapping is read as one. */
async function typed(given: ReadonlyMap<string, Given>): Promise<Record<string, unknown>> {
  const found: [string, unknown][] = [];
  for (const [name, value] of given) found.push([name, await typedGiven(value)]);
  return Object.fromEntries(found);
}

async function typedGiven(value: Given): Promise<unknown> {
  if (Array.isArray(value)) return Promise.all(value.map(typedGiven));
  if (typeof value !== "string") return value;
  if (!/^(?:\[[^]*\]|\{[^]*\})$/.test(value)) return typedWord(value);
  const read = await readSettingsYaml(value.startsWith("{") ? spaced(value) : value, { exact: true }).catch(() => ({
    reason: "",
  }));
  // `{epoch}` is a pattern of a name.
  if (value.startsWith("{") && value !== "{}" && !value.includes(":")) return value;
  return "reason" in read || read.value === null || typeof read.value !== "object" ? value : read.value;
}

/** A mapping of Hydra (`{x:1}`) as YAML has it, with a blank behind each colon. */
function spaced(text: string): string {
  return text.replace(/"(?:[^"\\]|\\[^])*"|'[^']*'|([{,]\s{0,80}[\w.@/-]{1,200}:)(?=[^\s/])/g, (all, key?: string) =>
    key === undefined ? all : `${key} `,
  );
}
