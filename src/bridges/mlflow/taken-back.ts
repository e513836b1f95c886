/** Events of stages that a host had, and has no more, for a server that has no clone to remember them. */
import type { Whole } from "../../registry/whole.ts";
import { formatLabel } from "../../values/label.ts";

/** What was told once is not taken back without a word. */
export class TakenBack {
  readonly #seen = new Map<string, { label: string; oid: string }>();

  /** The stages of which an event is not there any more, or is another one, each with why, in words. */
  among(events: Whole["events"]): Map<string, string> {
    const there = new Map<string, { label: string; oid: string }>(
      events.map(({ model, stage, number, oid }) => {
        const label = formatLabel({ kind: "stage", model, stage });
        return [`${label}#${number}`, { label, oid }] as const;
      }),
    );
    const lost = new Map<string, string>();
    for (const [name, { label, oid }] of this.#seen)
      if (there.get(name)?.oid !== oid)
        lost.set(label, `'${name}' was here before, and is not now: the history of ${label} was taken back`);
    for (const [name, found] of there) if (!this.#seen.has(name)) this.#seen.set(name, found);
    return lost;
  }
}
