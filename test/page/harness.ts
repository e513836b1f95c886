/** The page in a real Chromium, as a test opens it: over a server of this test, or over `mvgit ui` itself. */
import * as fs from "node:fs";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll } from "vitest";
import { frameOf, POLICY } from "../../src/ui/frame.ts";
import type { PageConfig } from "../../src/values/page-config.ts";
import { ROOT } from "../support/cli.ts";
import { findServer } from "../support/find-server.ts";

export const CHROMIUM =
  findServer("chromium", "MVGIT_CHROMIUM") ?? findServer("google-chrome", "MVGIT_CHROMIUM") ?? null;
/** For the names of suites: says why they are skipped. */
export const NO_CHROMIUM = CHROMIUM === null ? " (skipped: no chromium on PATH or in MVGIT_CHROMIUM)" : "";

/** Whatever a name is asked for, but this machine by its number, is nowhere. */
const NOWHERE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1";

let browser: Promise<Browser> | null = null;
const ends: (() => Promise<unknown>)[] = [];

afterAll(async () => {
  for (const end of ends.splice(0)) await end();
  await (await browser)?.close();
  browser = null;
});

function launched(): Promise<Browser> {
  return (browser ??= chromium.launch({
    executablePath: CHROMIUM as string,
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", NOWHERE],
  }));
}

export interface Opened {
  page: Page;
  /** Of the page's server or of `mvgit ui`, with a slash at its end. */
  url: string;
  /**
   * What no page may do, as it happened: errors of scripts, refusals of the policy, requests beyond the server. A test
   * ends with `expect(problems).toEqual([])`.
   */
  problems: string[];
}

export interface OpenOptions {
  /** The fragment, with its `#`. */
  at?: string;
  config?: Partial<PageConfig>;
  browser?: Pick<BrowserContextOptions, "viewport" | "colorScheme" | "reducedMotion">;
}

/**
 * Opens the built page over documents by their paths (`data/models.json`); a function is asked at each request, and may
 * answer it by itself. What is not among them is answered as `mvgit ui` answers what it does not have.
 */
export async function openPage(documents: Record<string, unknown>, options: OpenOptions = {}): Promise<Opened> {
  return openUrl(await serve(documents, options.config ?? {}), options);
}

/**
 * Opens a page that a server delivers already.
 *
 * @public
 */
export async function openUrl(url: string, { at = "", browser: context }: OpenOptions = {}): Promise<Opened> {
  const opened = await (await launched()).newContext({ locale: "en-GB", timezoneId: "UTC", ...context });
  ends.push(() => opened.close());
  const page = await opened.newPage();
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(`error: ${error.message}`));
  page.on("console", (message) => {
    // A document that is not there is told by the browser too.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
      problems.push(message.text());
  });
  page.on("request", (request) => {
    if (
      !request.url().startsWith(url.startsWith("file:") ? url : new URL(url).origin) &&
      !/^(?:data|blob):/.test(request.url())
    )
      problems.push(`request: ${request.url()}`);
  });
  await page.goto(`${url}${at}`);
  await page.locator("h1").first().waitFor();
  return { page, url, problems };
}

const TYPES: Record<string, string> = { js: "text/javascript", css: "text/css", wasm: "application/wasm" };

async function serve(documents: Record<string, unknown>, config: Partial<PageConfig>): Promise<string> {
  const frame = frameOf({ mode: "static", title: "mvgit", written: null, token: null, ...config });
  const server = http.createServer((req, res) => {
    res.setHeader("content-security-policy", POLICY);
    const path = decodeURIComponent((req.url ?? "/").slice(1).replace(/\?.*/s, ""));
    if (path === "") return void res.setHeader("content-type", "text/html").end(frame);
    const asset = join(ROOT, "dist/page", path);
    if (/^[\w.-]+$/.test(path) && fs.existsSync(asset))
      return void res
        .setHeader("content-type", TYPES[path.split(".").at(-1) as string] ?? "")
        .end(fs.readFileSync(asset));
    const found = documents[path];
    const document: unknown = typeof found === "function" ? found(req, res) : found;
    if (res.headersSent || req.socket.destroyed) return;
    if (Buffer.isBuffer(document)) return void res.end(document);
    res.statusCode = document === undefined ? 404 : 200;
    const error = { code: "label-unknown", message: `'${path}' is not here`, hint: null, subject: path };
    res.setHeader("content-type", "application/json").end(JSON.stringify(document ?? { error }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  ends.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}
