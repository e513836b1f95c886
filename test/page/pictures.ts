/**
 * Pictures of pages, held against kept ones. Fonts and edges differ from machine to machine, so what is compared is
 * how light each block of a picture is: that sees what moved, vanished or changed its colour, and not a letter's shape.
 */
import * as fs from "node:fs";
import { dirname, join } from "node:path";
import type { Page } from "playwright-core";
import { PNG } from "pngjs";
import { expect } from "vitest";
import { ROOT } from "../support/cli.ts";

/** Pixels of a block's side. */
const BLOCK = 16;
/** Of 255: how far a block may differ before it counts. */
const LIGHT = 28;
/** Part of the blocks that may. */
const TOLERANCE = 0.06;

/** The kept picture is `file`, from the top of the project; `MVGIT_PICTURES=new` keeps what is seen instead. */
export async function expectPicture(page: Page, file: string): Promise<void> {
  const kept = join(ROOT, file);
  const seen = await page.screenshot({ animations: "disabled", caret: "hide" });
  if (process.env["MVGIT_PICTURES"] === "new") {
    fs.mkdirSync(dirname(kept), { recursive: true });
    fs.writeFileSync(kept, seen);
  }
  expect(differing(lights(seen), lights(fs.readFileSync(kept))), file).toBeLessThanOrEqual(TOLERANCE);
}

interface Lights {
  width: number;
  blocks: number[];
}

/** How light each block is, from 0 to 255, row by row. */
function lights(png: Buffer): Lights {
  const { width, height, data } = PNG.sync.read(png);
  const [columns, rows] = [Math.ceil(width / BLOCK), Math.ceil(height / BLOCK)];
  const sums = Array.from({ length: columns * rows }, () => 0);
  const counts = Array.from({ length: columns * rows }, () => 0);
  for (let at = 0; at < width * height; at++) {
    const block = Math.floor(Math.floor(at / width) / BLOCK) * columns + Math.floor((at % width) / BLOCK);
    const [red, green, blue] = [data[at * 4], data[at * 4 + 1], data[at * 4 + 2]] as [number, number, number];
    sums[block] = (sums[block] as number) + 0.299 * red + 0.587 * green + 0.114 * blue;
    counts[block] = (counts[block] as number) + 1;
  }
  return { width: columns, blocks: sums.map((sum, block) => sum / (counts[block] as number)) };
}

/** Part of the blocks that are not alike; 1 for pictures of different sizes. */
function differing(a: Lights, b: Lights): number {
  if (a.width !== b.width || a.blocks.length !== b.blocks.length) return 1;
  const count = a.blocks.filter((light, block) => Math.abs(light - (b.blocks[block] as number)) > LIGHT).length;
  return count / a.blocks.length;
}
