/** The HTML of the page: a frame without content, and what it is delivered with. */
import { createHash } from "node:crypto";
import type { PageConfig } from "../values/page-config.ts";

/** What a browser lets the page do: nothing of another origin, no script or style but its own files. */
export const POLICY = policyOf({ script: "'self'", style: "'self'", own: "'self'" });

function policyOf({ script, style, own }: { script: string; style: string; own: string }): string {
  return [
    "default-src 'none'",
    `script-src ${script} 'wasm-unsafe-eval'`,
    `style-src ${style}`,
    `img-src ${own === "'none'" ? "" : `${own} `}data: blob:`,
    `connect-src ${own}`,
    `worker-src ${own}`,
    `font-src ${own}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
}

/** Files of dist/page that the frame names. */
const ASSETS = { script: "page.js", style: "page.css" } as const;

/** index.html beside the files that it names. */
export function frameOf(config: PageConfig): string {
  const parts = {
    style: `<link rel="stylesheet" href="${ASSETS.style}">`,
    script: `<script src="${ASSETS.script}"></script>`,
  };
  return htmlOf(config, POLICY, parts);
}

/** One file that needs no other: its script and style are those of these hashes, and it asks for nothing. */
export function singleFrameOf(config: PageConfig, { script, style }: { script: string; style: string }): string {
  const policy = policyOf({ script: hashOf(script), style: hashOf(style), own: "'none'" });
  const parts = { style: `<style>${style}</style>`, script: `<script>${script}</script>` };
  return htmlOf(config, policy, parts);
}

function hashOf(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}

/** All that is a value of somebody's is JSON in which no tag can begin. */
function htmlOf(config: PageConfig, policy: string, { style, script }: { style: string; script: string }): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>mvgit</title>
<link rel="icon" href="data:,">
${style}
<script type="application/json" id="mvgit">${inertJson(config)}</script>
</head>
<body>
<div id="app"></div>
<noscript>This page is drawn by a script of its own, which this browser does not run.</noscript>
${script}
</body>
</html>
`;
}

/** JSON that can stand inside of a script element. */
export function inertJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
