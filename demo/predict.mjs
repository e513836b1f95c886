/**
 * What a service does: says whether a mail is spam, and logs with it which version said so.
 *
 *   node predict.mjs MODEL-FOLDER MAIL
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { predict } from "./train.mjs";

const [folder, mail] = process.argv.slice(2);
const receipt = JSON.parse(readFileSync(join(folder, "receipt.json"), "utf8"));
console.log(JSON.stringify({ spam: Number(predict(join(folder, "weights.safetensors"), readFileSync(mail, "latin1")).toFixed(3)), ...receipt }));
