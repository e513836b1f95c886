/**
 * Plays what the real client asked (session.jsonl, recorded from MLflow 3.17) against MLFLOW_TRACKING_URI, with an
 * artifact for each run and model.
 */
import { readFileSync } from "node:fs";

const base = process.env.MLFLOW_TRACKING_URI;
const ids = new Map();
const places = [];

for (const line of readFileSync(new URL("session.jsonl", import.meta.url), "utf8")
  .trimEnd()
  .split("\n")) {
  const known = [...ids].reduce((text, [old, now]) => text.replaceAll(old, now), line);
  const { method, path, body } = JSON.parse(known);
  const answer = await fetch(base + path, {
    method,
    body: JSON.stringify(body),
    headers: { "content-type": "application/json" },
  });
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  const { id } = JSON.parse(line);
  const info = id === undefined ? null : Object.values(JSON.parse(text))[0].info;
  if (info === null) continue;
  ids.set(id, info.run_id ?? info.model_id);
  places.push(info.artifact_uri.replace("mlflow-artifacts:", ""));
}
for (const [at, place] of places.entries()) {
  const name = place.includes("/models/") ? "model.bin" : "report.txt";
  const answer = await fetch(`${base}/api/2.0/mlflow-artifacts/artifacts${place}/${name}`, {
    method: "PUT",
    body: `artifact ${at}`,
  });
  if (answer.status !== 200) throw new Error(`PUT ${place}: ${answer.status}`);
}
if (process.argv[2] === "fail") process.exit(3);
