/** Scores that belong into one chart: the same quantity of different parts of the data. Pure. */

/** Words for a part of the data, as they stand before or after a score's name. */
const PART = /^(train|training|val|valid|validation|test|testing|eval|evaluation|dev|holdout)$/i;

export interface ScoreGroup {
  /** What they have in common, such as `loss`. */
  title: string;
  /** As they were given. */
  names: string[];
}

/**
 * `train/loss`, `val_loss` and `loss` are one group; names that no other belongs to are one each. In the order of their
 * first names.
 */
export function groupScores(names: readonly string[]): ScoreGroup[] {
  const groups = new Map<string, ScoreGroup>();
  for (const name of names) {
    const title = quantityOf(name);
    const group = groups.get(title);
    if (group === undefined) groups.set(title, { title, names: [name] });
    else group.names.push(name);
  }
  // One name alone is called what it is.
  return [...groups.values()].map((group) =>
    group.names.length === 1 ? { title: group.names[0] as string, names: group.names } : group,
  );
}

function quantityOf(name: string): string {
  const words = name.split(/([/_.\-: ])/);
  if (words.length >= 3 && PART.test(words[0] as string)) return words.slice(2).join("");
  if (words.length >= 3 && PART.test(words.at(-1) as string)) return words.slice(0, -2).join("");
  return name;
}
