/** Commits that two sides both have. */
import type { GitProgram } from "../git/program.ts";
import type { Oid } from "../git/reader.ts";

/** Those that are commits here, or tags; in the order given. */
export async function commitsHere(git: GitProgram, oids: readonly string[]): Promise<Oid[]> {
  if (oids.length === 0) return [];
  const looks = await git.lookUp([...new Set(oids)]);
  return looks.flatMap((look) => (look?.type === "commit" || look?.type === "tag" ? [look.oid] : []));
}

/** Commits whose ancestors, and themselves, are exactly what is reachable both from `some` and from `others`. */
export async function commonHistory(
  git: GitProgram,
  some: readonly string[],
  others: readonly string[],
): Promise<Oid[]> {
  if (some.length === 0 || others.length === 0) return [];
  const here = new Set<string>(await commitsHere(git, [...some, ...others]));
  const theirs = others.filter((oid) => here.has(oid));
  const exact = some.filter((oid) => here.has(oid) && theirs.includes(oid)) as Oid[];
  const rest = some.filter((oid) => here.has(oid) && !theirs.includes(oid)) as Oid[];
  if (rest.length === 0 || theirs.length === 0) return exact;
  const { stdout } = await git.run(["rev-list", "--boundary", "--stdin"], {
    input: `${rest.join("\n")}\n${theirs.map((oid) => `^${oid}\n`).join("")}`,
  });
  const lines = stdout
    .toString("latin1")
    .split("\n")
    .filter((line) => line !== "");
  const only = new Set(lines.filter((line) => !line.startsWith("-")));
  return [
    ...exact,
    ...rest.filter((oid) => !only.has(oid)),
    ...lines.filter((line) => line.startsWith("-")).map((line) => line.slice(1) as Oid),
  ];
}
