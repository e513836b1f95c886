/**
 * What CI draws, and what is tried when somebody asks for all of it (`MVGIT_TESTS=thorough`): steps of commands,
 * rounds of teams, settings of Git. What was drawn is said with its seed, and `MVGIT_SEED` draws it again.
 */
import { randomInt } from "node:crypto";
import process from "node:process";
import { beforeEach } from "vitest";

/** Nothing is drawn: everything is tried. */
export const THOROUGH = process.env["MVGIT_TESTS"] === "thorough";

/** Of everything that a file draws. */
export const SEED = Number(process.env["MVGIT_SEED"] ?? randomInt(2 ** 31));

/** For messages: how to draw the same again. */
export const DRAWN = `MVGIT_SEED=${SEED}`;

/** Numbers in [0, 1), the same for the same seed: mulberry32. */
export function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** So many of them, or all where there are fewer, in any order. */
export function draw<T>(all: readonly T[], count: number, random: () => number): T[] {
  const left = [...all];
  return Array.from({ length: Math.min(count, left.length) }, () => {
    const [taken] = left.splice(Math.floor(random() * left.length), 1);
    return taken as T;
  });
}

/** For the cases of a test: so many of one kind, or with `MVGIT_TESTS=thorough` all. */
export function drawn<T>(count: number, cases: readonly T[]): readonly T[] {
  return THOROUGH ? cases : draw(cases, count, numbers(SEED));
}

/**
 * Draws one of so many tests of a file, and its first one, whose hooks others may count on; with `MVGIT_TESTS=thorough`
 * all run. To be called first in a file whose tests do not depend on each other.
 */
export function drawTests(ofSoMany: number): void {
  if (THOROUGH) return;
  const random = numbers(SEED);
  let isFirst = true;
  beforeEach((context) => {
    const isDrawn = isFirst || random() < 1 / ofSoMany;
    isFirst = false;
    context.skip(!isDrawn, `not drawn: ${DRAWN}`);
  });
}
