/** Chains of events, and every way to tamper with one. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { GitReader, GitRef, GitTag, Oid } from "../../src/git/reader.ts";
import type { Hash } from "../../src/values/hash.ts";
import type { ModelName, StageName } from "../../src/values/label.ts";
import { type Event, formatEvent } from "../../src/values/tag-message.ts";
import {
  type Chain,
  eventAt,
  heldBefore,
  heldNow,
  newestEvent,
  readChain,
  readChains,
} from "../../src/registry/chain.ts";

const of = { model: "spam" as ModelName, stage: "production" as StageName };
const hex = (text: string | number): Oid =>
  Buffer.from(String(text)).toString("hex").padStart(40, "0").slice(-40) as Oid;

/** A repository of tags alone. */
class Tags {
  readonly refs: GitRef[] = [];
  readonly objects = new Map<Oid, GitTag>();
  /** The order of all objects made, so that each has another id. */
  #made = 0;

  object(event: Event, change: Partial<GitTag> = {}): Oid {
    const oid = hex(`object ${++this.#made}`);
    const name = `${event.model}#${event.stage}#${event.number}`;
    this.objects.set(oid, {
      object: hex(`commit ${event.version}`),
      type: "commit",
      name,
      tagger: { name: "T", email: "t@example.com", time: 1000 + event.number, zone: "+0000" },
      message: formatEvent(event),
      signed: false,
      ...change,
    });
    return oid;
  }

  name(name: string, oid: Oid, peeled = this.objects.get(oid)?.object ?? oid): void {
    this.refs.push({ name: `refs/tags/${name}`, oid, peeled });
  }

  drop(number: number): GitRef {
    return this.refs.splice(
      this.refs.findIndex(({ name }) => name.endsWith(`#production#${number}`)),
      1,
    )[0] as GitRef;
  }

  get reader(): GitReader {
    const { objects } = this;
    const tags = async function* (oids: readonly Oid[]): ReturnType<GitReader["tags"]> & AsyncGenerator {
      for (const oid of oids) yield { oid, tag: objects.get(oid) ?? null };
    };
    return { tags, tag: async (oid: Oid) => objects.get(oid) ?? null } as unknown as GitReader;
  }
}

/** The chain that moves to these versions make; null for emptied. */
function chainOf(versions: readonly (number | null)[], tags = new Tags(), stage = of.stage): Tags {
  let previous: Oid | null = null;
  versions.forEach((version, index) => {
    const event: Event = {
      ...of,
      stage,
      number: index + 1,
      version,
      before: versions[index - 1] ?? null,
      package: version === null ? null : ("a".repeat(64) as Hash),
      previous,
      reason: "",
    };
    previous = tags.object(event);
    tags.name(`spam#${stage}#${index + 1}`, previous);
  });
  return tags;
}

const read = async (tags: Tags): Promise<Chain> => (await readChains(tags.reader, [...tags.refs], of))[0] as Chain;
const eventOf = (tags: Tags, number: number): Event => ({
  ...of,
  number,
  version: 9,
  before: number - 1,
  package: "b".repeat(64) as Hash,
  previous: tags.refs.find(({ name }) => name.endsWith(`#${number - 1}`))?.oid ?? null,
  reason: "forged",
});

describe("a chain", () => {
  it("of any moves is read whole, without problems, and says what was held", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.option(fc.integer({ min: 1, max: 5 })), { minLength: 1, maxLength: 12 }),
        async (versions) => {
          const tags = chainOf(versions);
          tags.refs.reverse();
          const chain = await read(tags);
          expect(chain.problems).toEqual([]);
          expect(chain.events.map(({ event }) => event.version)).toEqual(versions);
          expect(heldNow(chain)).toBe(versions.at(-1) ?? null);
          expect((await newestEvent(tags.reader, [...tags.refs], of))?.event.number).toBe(versions.length);
          versions.forEach((version, index) =>
            expect(eventAt(chain, (1001 + index) * 1000)?.event.version ?? null).toBe(version),
          );
          expect(eventAt(chain, 1000)).toBeNull();
        },
      ),
    );
  });

  it.each<[string, (number | null)[], number | null]>([
    ["one move", [1], null],
    ["two", [1, 2], 1],
    ["and a step back", [1, 2, 1], null],
    ["three and a step back", [1, 2, 3, 2], 1],
    ["three and two steps back", [1, 2, 3, 2, 1], null],
    ["back and on to another", [1, 2, 1, 3], 1],
    ["emptied", [1, null], null],
    ["emptied and filled", [1, null, 2], null],
  ])("goes back to what was there before: %s", async (_, versions, wanted) =>
    expect(heldBefore(await read(chainOf(versions)))).toBe(wanted),
  );

  it("does not mix stages and models whose names begin alike", async () => {
    const tags = chainOf([1, 2]);
    chainOf([5], tags, "production-2" as StageName);
    expect((await readChains(tags.reader, [...tags.refs])).map((chain) => [chain.stage, heldNow(chain)])).toEqual([
      ["production", 2],
      ["production-2", 5],
    ]);
  });
});

describe("tampering is seen", () => {
  it.each<[string, (tags: Tags) => void, RegExp]>([
    ["an event in the middle deleted", (tags) => void tags.drop(2), /event 2 is missing/],
    ["the first event deleted", (tags) => void tags.drop(1), /event 1 is missing/],
    [
      "an event replaced",
      (tags) => (
        tags.drop(2),
        tags.name("spam#production#2", tags.object({ ...eventOf(tags, 2), version: 2, before: 1 }))
      ),
      /event 2 is not the one that event 3 names/,
    ],
    [
      "the newest event replaced by one that builds on nothing",
      (tags) => (
        tags.drop(4),
        tags.name("spam#production#4", tags.object({ ...eventOf(tags, 4), previous: null, before: null }))
      ),
      /event [123] hangs together with no later one/,
    ],
    [
      "an event copied to a later number",
      (tags) => tags.name("spam#production#5", (tags.refs[1] as GitRef).oid),
      /event 5 is a copy of the tag 'spam#production#2'/,
    ],
    [
      "an event of another stage copied",
      (tags) => (
        chainOf([7], tags, "staging" as StageName),
        tags.name("spam#production#5", (tags.refs.at(-1) as GitRef).oid)
      ),
      /event 5 is a copy of the tag 'spam#staging#1'/,
    ],
    [
      "a tag renamed inside, with the message of another",
      (tags) => tags.name("spam#production#5", tags.object(eventOf(tags, 4), { name: "spam#production#5" })),
      /event 5 has the message of spam#production, event 4/,
    ],
    [
      "a number left out",
      (tags) =>
        tags.name("spam#production#6", tags.object({ ...eventOf(tags, 6), previous: (tags.refs[3] as GitRef).oid })),
      /event 5 is missing/,
    ],
    [
      "a lie about what was there before",
      (tags) => tags.name("spam#production#5", tags.object({ ...eventOf(tags, 5), before: 3 })),
      /says that v3 was there before, but it was v4/,
    ],
    [
      "a first event that says something was there before",
      (tags) => (
        tags.refs.splice(0),
        tags.name("spam#production#1", tags.object({ ...eventOf(tags, 1), previous: null, before: 4 }))
      ),
      /is the first, but says that v4 was there before/,
    ],
    [
      "a tag on a tree",
      (tags) => tags.name("spam#production#5", tags.object({ ...eventOf(tags, 5), before: 4 }, { type: "tree" })),
      /event 5 does not stand on a commit/,
    ],
    [
      "a tag without a tagger",
      (tags) => tags.name("spam#production#5", tags.object({ ...eventOf(tags, 5), before: 4 }, { tagger: null })),
      /event 5 does not stand on a commit, or has no tagger/,
    ],
    [
      "a message that was touched",
      (tags) =>
        tags.name(
          "spam#production#5",
          tags.object(eventOf(tags, 5), { message: `${formatEvent(eventOf(tags, 5))}x: 1\n` }),
        ),
      /event 5 has a malformed message/,
    ],
    [
      "a newer format",
      (tags) =>
        tags.name(
          "spam#production#5",
          tags.object(eventOf(tags, 5), { message: formatEvent(eventOf(tags, 5)).replace("mvgit: 1", "mvgit: 2") }),
        ),
      /a newer mvgit reads/,
    ],
    [
      "a light tag in an event's place",
      (tags) => (tags.drop(4), tags.name("spam#production#4", hex("commit 4"))),
      /event 4 is not one of mvgit's/,
    ],
  ])("%s", async (_, tamper, problem) => {
    const tags = chainOf([1, 2, 3, 4]);
    tamper(tags);
    tags.refs.sort((a, b) => (a.name < b.name ? -1 : 1));
    const chain = await read(tags);
    expect(chain.problems.join("; ")).toMatch(problem);
    await expect(readChain(tags.reader, [...tags.refs], of)).rejects.toMatchObject({
      code: "chain-broken",
      message: expect.stringContaining("spam#production"),
    });
  });

  it("but tags of the user's own before the first event are none", async () => {
    const tags = new Tags();
    tags.name("spam#production#1", hex("commit 1"));
    expect(await readChains(tags.reader, [...tags.refs])).toEqual([]);
    tags.name(
      "spam#production#2",
      tags.object({
        ...of,
        number: 2,
        version: 1,
        before: null,
        package: "a".repeat(64) as Hash,
        previous: null,
        reason: "",
      }),
    );
    expect((await read(tags)).problems).toEqual([]);
  });
});
