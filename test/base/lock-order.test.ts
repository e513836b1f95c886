/** Locks are taken in one order, and a test is told where they are not. */
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { withLock } from "../../src/base/lock.ts";
import { checkLockOrder } from "../../src/base/lock-order.ts";

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), "mvgit-order-"));
  checkLockOrder(["first", "second"]);
});
afterEach(() => {
  checkLockOrder([]);
  fs.rmSync(folder, { recursive: true, force: true });
});

/** Takes locks one inside of the other. */
function take([name, ...inner]: readonly string[]): Promise<string> {
  return name === undefined ? Promise.resolve("held") : withLock(join(folder, name), () => take(inner));
}

it.each([[["first", "second"]], [["first", "other", "second"]], [["second", "other"]], [["other", "other too"]]])(
  "%j may be held together",
  async (names) => {
    expect(await take(names)).toBe("held");
  },
);

it.each([[["second", "first"]], [["second", "other", "first"]], [["first", "first"]]])("%j may not", async (names) => {
  await expect(take(names)).rejects.toMatchObject({
    code: "bug",
    message: `the lock '${names.at(-1)}' is taken while '${names[0]}' is held`,
  });
  expect(fs.readdirSync(folder)).toEqual([]);
});

it("pieces of work that go on side by side hold what they like", async () => {
  let begun = (): void => undefined;
  const isHeld = new Promise<void>((resolve) => (begun = resolve));
  const beside = withLock(join(folder, "second"), async () => {
    begun();
    await take(["other"]);
  });
  await isHeld;
  expect(await take(["first"])).toBe("held");
  await beside;
});
