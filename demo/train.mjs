/**
 * Trains a spam detector and says how good it is: logistic regression over hashed words. It knows nothing of mvgit: it
 * reads its settings from params.json and writes its scores to metrics.json, as many programs do.
 *
 *   node train.mjs DATA WEIGHTS            learns from DATA/ham and DATA/spam, writes WEIGHTS
 *   node train.mjs DATA WEIGHTS --check    only measures WEIGHTS
 *
 * Every fifth mail is held out for the score. The same data and settings give the same bytes.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fromSafetensors, toSafetensors } from "./safetensors.mjs";

/** Words fall into this many places: 8 MiB of weights. */
const PLACES = 2 ** 21;

function placesOf(text) {
  const places = new Set();
  for (const word of text.toLowerCase().split(/[^a-z0-9$!]+/)) {
    let hash = 0x811c9dc5;
    for (let i = 0; i < word.length; i++) hash = Math.imul(hash ^ word.charCodeAt(i), 0x01000193);
    places.add((hash >>> 0) % PLACES);
  }
  return [...places];
}

function readMails(folder) {
  return ["ham", "spam"].flatMap((kind) =>
    readdirSync(join(folder, kind))
      .sort()
      .map((name, index) => {
        const text = readFileSync(join(folder, kind, name), "latin1");
        // The body alone: headers would tell too much.
        return {
          places: placesOf(text.slice(text.indexOf("\n\n"))),
          spam: kind === "spam" ? 1 : 0,
          held: index % 5 === 0,
          order: (index * 2654435761) % 4294967296,
        };
      }),
  );
}

/** How likely a mail is spam, from 0 to 1. */
export function predict(weightsFile, text) {
  const tensors = fromSafetensors(readFileSync(weightsFile));
  return probability(
    { weights: tensors.weights.data, bias: tensors.bias.data },
    placesOf(text.slice(text.indexOf("\n\n"))),
  );
}

function probability({ weights, bias }, places) {
  let sum = bias[0];
  for (const place of places) sum += weights[place];
  return 1 / (1 + Math.exp(-sum));
}

function learn(mails, { epochs, rate }) {
  const model = { weights: new Float32Array(PLACES), bias: new Float32Array(1) };
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (const { places, spam } of mails) {
      const step = rate * (spam - probability(model, places));
      model.bias[0] += step;
      for (const place of places) model.weights[place] += step;
    }
  }
  return model;
}

function main([data, file, ...options]) {
  const mails = readMails(data).sort((a, b) => a.order - b.order);
  const held = mails.filter((mail) => mail.held);
  let model;
  if (options.includes("--check")) {
    const tensors = fromSafetensors(readFileSync(file));
    model = { weights: tensors.weights.data, bias: tensors.bias.data };
  } else {
    model = learn(
      mails.filter((mail) => !mail.held),
      JSON.parse(readFileSync("params.json", "utf8")),
    );
    writeFileSync(
      file,
      toSafetensors({ bias: { data: model.bias, shape: [1] }, weights: { data: model.weights, shape: [PLACES] } }),
    );
  }
  const right = held.filter((mail) => probability(model, mail.places) > 0.5 === (mail.spam === 1)).length;
  if (!options.includes("--check"))
    writeFileSync("metrics.json", `${JSON.stringify({ accuracy: right / held.length })}\n`);
  console.log(
    `${mails.length - held.length} mails to learn from, ${held.length} held out: ` +
      `${((100 * right) / held.length).toFixed(2)} % right`,
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.argv.slice(2));
