/** The versions that are picked, and what can be done with them. */
import { plural } from "../../base/counts.ts";
import { formatRoute } from "../route.ts";

/** Versions that are compared at most. */
const MOST = 20;

interface BarProps {
  model: string;
  picked: ReadonlySet<number>;
  onClear: () => void;
}

export function PickedBar({ model, picked, onClear }: BarProps) {
  if (picked.size === 0) return null;
  const labels = [...picked].toSorted((a, b) => a - b).map((version) => `${model}@v${version}`);
  return (
    <div class="picked-bar" role="group" aria-label="Picked versions">
      <span>{plural(picked.size, "version")} picked</span>
      {labels.length > 1 && labels.length <= MOST && (
        <a class="button main" href={formatRoute({ kind: "compare", labels })}>
          Compare {plural(labels.length, "version")}
        </a>
      )}
      {labels.length === 1 && <span class="faint">pick another one to compare them</span>}
      {labels.length > MOST && <span class="faint">at most {MOST} can be compared</span>}
      <button type="button" onClick={onClear}>
        Clear
      </button>
    </div>
  );
}
