/**
 * Stands before a server and lets every request wait: `node gateway.mjs PORT TARGET MS FILE`. Writes into FILE how many
 * requests there were, by their method, whenever one has ended.
 */
import { writeFileSync } from "node:fs";
import { Agent, createServer, request } from "node:http";
import { setTimeout as wait } from "node:timers/promises";

const [port, target, ms, file] = process.argv.slice(2);
const to = new URL(target);
const agent = new Agent({ keepAlive: true, maxSockets: 256 });
const counts = {};

createServer((asked, answer) => {
  counts[asked.method] = (counts[asked.method] ?? 0) + 1;
  writeFileSync(file, JSON.stringify(counts));
  void wait(Number(ms)).then(() => {
    const { method, url: path, headers } = asked;
    const onward = request({ agent, host: to.hostname, port: to.port, method, path, headers }, (got) => {
      answer.writeHead(got.statusCode, got.headers);
      got.pipe(answer);
    });
    onward.on("error", () => answer.destroy());
    asked.pipe(onward);
  });
}).listen(Number(port), "127.0.0.1");
