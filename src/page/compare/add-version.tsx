/** Adds a version to the comparison: typed, with those of the same models to choose from. */
import { useState } from "preact/hooks";
import { asLabel, formatLabel } from "../../values/label.ts";
import { MOST_COMPARED } from "../../values/compare-many.ts";
import { useDocument } from "../data.ts";
import { documents } from "../documents.ts";

/** Versions that are offered. */
const OFFERED = 200;

export function AddVersion({ labels, onAdd }: { labels: readonly string[]; onAdd(label: string): void }) {
  const [typed, setTyped] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const model = labels[0]?.split("@")[0] ?? null;
  const log = useDocument(model === null ? null : documents.log(model));
  const offered = log.state === "ready" ? log.document.versions : [];
  if (labels.length >= MOST_COMPARED) return <p class="hint">No more than {MOST_COMPARED} versions are compared.</p>;
  return (
    <form
      class="tools"
      onSubmit={(event) => {
        event.preventDefault();
        const label = versionIn(typed, model);
        const wrong = whyNot(label, labels);
        setProblem(wrong);
        if (wrong !== null || label === null) return;
        setTyped("");
        onAdd(label);
      }}
    >
      <label for="add-version">Add a version</label>{" "}
      <input
        id="add-version"
        list="versions-offered"
        value={typed}
        size={28}
        placeholder={model === null ? "MODEL@v3" : `${model}@v3, or v3`}
        aria-invalid={problem !== null}
        aria-describedby="add-version-problem"
        autocomplete="off"
        onInput={({ currentTarget }) => setTyped(currentTarget.value)}
      />{" "}
      <button type="submit">Add</button>
      <datalist id="versions-offered">
        {offered
          .map(({ model: name, version }) => `${name}@v${version}`)
          .filter((label) => !labels.includes(label))
          .slice(0, OFFERED)
          .map((label) => (
            <option key={label} value={label} />
          ))}
      </datalist>
      <span id="add-version-problem" role="alert" class="bad">
        {problem}
      </span>
    </form>
  );
}

/** `MODEL@vN`, or `vN` of the model that is compared; null for another text. */
function versionIn(typed: string, model: string | null): string | null {
  const text = typed.trim();
  const whole = /^v?[0-9]+$/.test(text) && model !== null ? `${model}@v${text.replace("v", "")}` : text;
  try {
    const label = asLabel(whole);
    return label?.kind === "version" ? formatLabel(label) : null;
  } catch {
    // A name that no model can have.
    return null;
  }
}

function whyNot(label: string | null, labels: readonly string[]): string | null {
  if (label === null) return "write it like spam@v3";
  return labels.includes(label) ? `${label} is there already` : null;
}
