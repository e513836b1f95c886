/**
 * Measures the page of `mvgit ui` in a Chromium that runs already, on a history of 5,000 versions and 20,000 moves: from
 * the start of the process until the models are drawn, in turn with the same page from a bare server of files (the
 * limit), and each act of the table and of the stages until the browser has drawn what came of it.
 *
 *   npm run build && node bench/ui.mjs [--quick] [--runs N] [--dir FOLDER]
 *
 * Medians; in brackets the processor's time of the server, which says most where others work on the machine. Chromium
 * is that on PATH, or what MVGIT_CHROMIUM names.
 */
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { chromium } from "playwright-core";
import { Bench, machine } from "./frame.mjs";
import { writeHistory } from "./history.mjs";

const words = process.argv.slice(2);
const take = (name) => (words.includes(name) ? words.splice(words.indexOf(name), 2)[1] : undefined);
const dir = take("--dir");
const runs = Number(take("--runs") ?? 5);
const quick = words.includes("--quick");
const [versions, events] = quick ? [500, 2000] : [5000, 20_000];
const FIRST = "history/.git/mvgit/first-screen";
/** Milliseconds. */
const GOALS = { screen: 500, act: 100 };

/** Serves the files of the current folder, as little as a server can do. */
const FILES = `const { readFileSync } = require("node:fs");
const server = require("node:http").createServer(({ url }, answer) => {
  const name = url === "/" ? "index.html" : url.slice(1);
  const types = { js: "text/javascript", css: "text/css", html: "text/html", json: "application/json" };
  try {
    answer.setHeader("content-type", types[name.split(".").at(-1)] ?? "").end(readFileSync(name));
  } catch {
    answer.writeHead(404).end();
  }
});
server.listen(0, "127.0.0.1", () => console.log("http://127.0.0.1:" + server.address().port + "/"));`;

/** Each act until it is drawn: what is done, and what must be another after it. */
const ACTS = `async (acts) => {
  const times = {};
  for (const [name, what, seen] of acts) {
    await new Promise((resolve) => setTimeout(resolve, 400));
    const before = seen();
    const start = performance.now();
    what();
    for (let frame = 0; frame < 600 && seen() === before; frame++)
      await new Promise((resolve) => requestAnimationFrame(resolve));
    await new Promise((resolve) => setTimeout(resolve));
    times[name] = seen() === before ? NaN : performance.now() - start;
  }
  return times;
}`;
const ROWS = "document.querySelector('tbody')?.textContent";
const head = (name) =>
  `[...document.querySelectorAll("thead button")].find((e) => e.textContent.startsWith("${name}"))`;
const type = (text) =>
  `const field = document.querySelector("[data-filter]"); field.value = ${JSON.stringify(text)};
   field.dispatchEvent(new InputEvent("input", { bubbles: true }))`;
const scroll = (to) => `const grid = document.querySelector(".versions-grid"); grid.scrollTop = ${to}`;
const TABLE = [
  ["sort by a score", `${head("accuracy")}.click()`, ROWS],
  ["scroll to the end", scroll("grid.scrollHeight"), ROWS],
  ["scroll by a page", scroll("grid.scrollTop - 2 * grid.clientHeight"), ROWS],
  ["filter", type("accuracy > 0.7 and version > 20"), "document.querySelector('table').ariaRowCount"],
  ["clear the filter", type(""), "document.querySelector('table').ariaRowCount"],
  [
    "a column less",
    "document.querySelector('ul.columns input').click()",
    "document.querySelectorAll('thead th').length",
  ],
];
const STAGES = [
  [
    "zoom the time line",
    "document.querySelector('.time-line-tools button').click()",
    "document.querySelector('main').innerHTML",
  ],
  [
    "pan it",
    "document.querySelectorAll('.time-line-tools button')[2].click()",
    "document.querySelector('main').innerHTML",
  ],
];

const bench = new Bench({ quick, dir, runs });
const browser = await chromium.launch({
  executablePath: process.env.MVGIT_CHROMIUM ?? spawnSync("which", ["chromium"], { encoding: "utf8" }).stdout.trim(),
  args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
});
try {
  console.log(`${machine()}; medians of ${runs}; ${versions} versions, ${events} moves\n`);
  mkdirSync(bench.path("history"));
  bench.run("history", "git init -q .");
  writeHistory(bench.path("history"), { versions, events, stages: ["canary", "production", "shadow", "staging"] });
  bench.run("history", "mvgit init --no-hooks && git commit -qm settings && mvgit log --all >log && mvgit models");
  rmSync(bench.path("history/log"));
  await keepPage();
  // The state of refs is kept once a later change of them would show.
  await new Promise((resolve) => setTimeout(resolve, 2000));
  await screen("mvgit", 3000);
  console.log("| first screen | ms | processor's | ratio | goal | |\n| --- | --- | --- | --- | --- | --- |");
  const sides = { limit: [], anew: [], kept: [] };
  for (let run = 0; run < runs; run++) {
    sides.limit.push(await screen("limit"));
    rmSync(bench.path(FIRST), { force: true });
    sides.anew.push(await screen("mvgit", 3000));
    sides.kept.push(await screen("mvgit"));
  }
  const limit = median(sides.limit.map(({ ms }) => ms));
  for (const [side, found] of Object.entries(sides)) {
    const [ms, cpu] = [median(found.map((each) => each.ms)), median(found.map((each) => each.cpu))];
    const goal =
      side === "limit" ? "| - | - |" : `| ${GOALS.screen} | ${ms <= GOALS.screen ? "reached" : "not reached"} |`;
    const name = { limit: "a bare server of files", anew: "`mvgit ui` after refs changed", kept: "`mvgit ui` again" }[
      side
    ];
    console.log(`| ${name} | ${ms.toFixed(0)} | ${cpu.toFixed(0)} | ${(ms / limit).toFixed(2)} ${goal}`);
  }
  console.log("\n| act | ms | goal | |\n| --- | --- | --- | --- |");
  await acts();
} finally {
  await browser.close();
  bench.close();
}

/** The page's files and its first document, for the bare server. */
async function keepPage() {
  const { url, stop } = await start("mvgit");
  const folder = bench.path("limit");
  mkdirSync(`${folder}/data`, { recursive: true });
  for (const name of ["", "page.js", "page.css", "data/models.json"]) {
    const text = await (await fetch(url + name)).text();
    writeFileSync(`${folder}/${name || "index.html"}`, text.replace('"mode":"live"', '"mode":"static"'));
  }
  await stop();
}

async function start(side) {
  const [program, args] = side === "limit" ? [process.execPath, ["-e", FILES]] : ["mvgit", ["ui", "--no-open"]];
  const cwd = bench.path(side === "limit" ? "limit" : "history");
  const child = spawn(program, args, { cwd, env: bench.env, stdio: ["ignore", "pipe", "ignore"] });
  const ended = new Promise((resolve) => child.on("exit", resolve));
  const url = await new Promise((resolve) => {
    let told = "";
    child.stdout.on("data", (text) => (told += text).includes("\n") && resolve(told.trim()));
  });
  return {
    url,
    pid: child.pid,
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

/** Milliseconds until the first model is drawn. `stay`: how long the server goes on after it. */
async function screen(side, stay = 0) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const begin = performance.now();
  const { url, pid, stop } = await start(side);
  await page.goto(url, { waitUntil: "commit" });
  await page.locator("li.model").first().waitFor();
  const ms = performance.now() - begin;
  const cpu = processorTime(pid);
  await new Promise((resolve) => setTimeout(resolve, stay));
  await context.close();
  await stop();
  return { ms, cpu };
}

/** Milliseconds, where the system tells them. */
function processorTime(pid) {
  try {
    const [user, system] = readFileSync(`/proc/${pid}/stat`, "utf8").split(" ").slice(13, 15);
    return (Number(user) + Number(system)) * 10;
  } catch {
    return NaN;
  }
}

async function acts() {
  const { url, stop } = await start("mvgit");
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  const found = new Map();
  for (let run = 0; run < runs; run++) {
    for (const [at, all, ready] of [
      ["#/spam", TABLE, "tbody tr"],
      ["#/stages/spam", STAGES, ".time-line-tools button"],
    ]) {
      await page.goto("about:blank");
      await page.goto(url + at);
      await page.locator(ready).first().waitFor({ timeout: 120_000 });
      const chooser = page.locator(".popup button").first();
      if (all === TABLE) await chooser.click();
      const times = await page.evaluate(`(${ACTS})([${all.map(asText).join()}])`);
      for (const [name, time] of Object.entries(times)) found.set(name, [...(found.get(name) ?? []), time]);
    }
  }
  await stop();
  for (const [name, times] of found) {
    const ms = median(times);
    console.log(`| ${name} | ${ms.toFixed(0)} | ${GOALS.act} | ${ms <= GOALS.act ? "reached" : "not reached"} |`);
  }
}

/** As the page's policy takes it: no text is code there. */
function asText([name, what, seen]) {
  return `[${JSON.stringify(name)}, () => { ${what} }, () => ${seen}]`;
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}
