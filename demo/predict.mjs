/**
 * What a service does: says whether a mail is spam, and logs with it which version said so.
 *
 *   node predict.mjs MODEL-FOLDER MAIL
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { predict } from "./train.mjs";

const [folder, mail] = process.argv.slice(2);
const {
  mvgit,
  model,
  version,
  package: hash,
  stage,
  event,
} = JSON.parse(readFileSync(join(folder, ".mvgit-receipt.json"), "utf8"));
const spam = Number(predict(join(folder, "weights.safetensors"), readFileSync(mail, "latin1")).toFixed(3));
console.log(JSON.stringify({ spam, mvgit, model, version, package: hash, stage, event }));
