/** The note of a move that did not come to its end: what mvgit wrote, or nothing. */
import { expect, it } from "vitest";
import type { Repo } from "../../src/repo/repo.ts";
import { makeSandbox, type Sandbox, shareSandbox } from "../support/sandbox.ts";
import { rememberMove, unfinishedMove } from "../../src/versions/unfinished.ts";

const NOTE = "work/.git/mvgit/unfinished-move";
let box: Sandbox;
let repo: Repo;
shareSandbox(async () => {
  box = await makeSandbox();
  repo = await box.open();
  return box;
});

it("is read as it was written", () => {
  const move = { ref: "refs/tags/spam#production#1", oid: null, request: "promote", alone: false };
  rememberMove(repo, move);
  expect(unfinishedMove(repo)).toEqual(move);
});

it.each([
  ["zeros", "\0".repeat(2000)],
  ["a tag's name with a zero in it", "refs/tags/a\0b\n\npromote\nhost\n"],
  ["an option", "--upload-pack=x\n\npromote\nhost\n"],
  ["no object's id", "refs/tags/a#b#1\n-x\npromote\nhost\n"],
])("%s in its place name no move", (_, text) => {
  box.write(NOTE, text);
  expect(unfinishedMove(repo)).toBe(null);
});
