/** How a file of a version is handed to a browser. */
import { expect, it } from "vitest";
import type { OpenArtifact } from "../../src/registry/artifacts.ts";
import { fileAnswer } from "../../src/ui/files.ts";
import { kindOf, mediaTypeOf } from "../../src/values/artifact-kind.ts";
import type { Oid } from "../../src/git/reader.ts";

async function* chunks(size: number): AsyncGenerator<Uint8Array> {
  for (let left = size; left > 0; left -= 1024 * 1024) yield Buffer.alloc(Math.min(left, 1024 * 1024));
}

const file = (path: string, size: number): OpenArtifact => ({
  artifact: { path, what: "output", kind: kindOf(path), type: mediaTypeOf(path), size, at: { git: "" as Oid } },
  bytes: chunks(size),
});
const SAVED = "application/octet-stream";

it.each([
  ["a/model.bin", 3, SAVED, "attachment; filename*=UTF-8''model.bin"],
  [`a/"';\r\n*().bin`, 3, SAVED, "attachment; filename*=UTF-8''%22%27%3B%0D%0A%2A%28%29.bin"],
  ["a/plot.png", 21 * 1024 * 1024, SAVED, "attachment; filename*=UTF-8''plot.png"],
  ["a/plot.png", 3, "image/png", undefined],
  ["a/page.HTML", 3, "text/plain; charset=utf-8", undefined],
])("%j of %i bytes", async (path, size, type, disposition) => {
  const { headers, body, ...answer } = await fileAnswer(file(path, size));
  expect([answer.type, headers?.["content-disposition"]]).toEqual([type, disposition]);
  expect(body instanceof Uint8Array ? body.length : (body as { size: number }).size).toBe(size);
  expect(headers?.["content-security-policy"]).toMatch(/^sandbox;/);
});
