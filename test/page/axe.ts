/** What axe finds wrong with a page for those who use it without eyes or without a mouse. */
import * as fs from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

interface Violation {
  id: string;
  nodes: { target: unknown[]; failureSummary?: string }[];
}

/** A line for each violation, empty for none. */
export async function axeViolations(page: Page): Promise<string[]> {
  // By the debugger's way in, which the page's policy does not concern.
  await page.evaluate(fs.readFileSync(AXE, "utf8"));
  const violations = (await page.evaluate(
    "axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations)",
  )) as Violation[];
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(
      ({ target, failureSummary = "" }) => `${id}: ${target.join(" ")}: ${failureSummary.replace(/\s+/g, " ")}`,
    ),
  );
}
