/** The marks on the axes of parallel coordinates as sliders, for keys and for fingers. */
import { display } from "../../base/paths.ts";
import { formatScore } from "../../values/scores.ts";
import type { Axis, Limits } from "./parallel-paint.ts";

interface LimitSlidersProps {
  axes: readonly Axis[];
  limits: ReadonlyMap<string, Limits>;
  onLimit: (name: string, to: Limits | null) => void;
}

export function LimitSliders({ axes, limits, onLimit }: LimitSlidersProps) {
  return (
    <details class="chart-limits">
      <summary>Marks as sliders</summary>
      {axes.map(({ column: { name, title }, scale }) => {
        const { low, high } = limits.get(name) ?? { low: 0, high: 1 };
        const shown = display(title);
        return (
          <fieldset key={name} class="chart-options">
            <legend>{shown}</legend>
            <Slider
              label={`${shown} from`}
              at={low}
              onMove={(to) => onLimit(name, { low: Math.min(to, high), high })}
            />
            <Slider label={`${shown} to`} at={high} onMove={(to) => onLimit(name, { low, high: Math.max(to, low) })} />
            <span class="faint">{tell(scale, { low, high })}</span>
          </fieldset>
        );
      })}
    </details>
  );
}

function Slider({ label, at, onMove }: { label: string; at: number; onMove: (to: number) => void }) {
  return (
    <input
      type="range"
      min="0"
      max="1"
      step="0.01"
      value={at}
      aria-label={label}
      onInput={(event) => onMove(Number(event.currentTarget.value))}
    />
  );
}

const MOST_WORDS = 5;

function tell(scale: Axis["scale"], { low, high }: Limits): string {
  if (low === 0 && high === 1) return "all";
  if (scale.kind !== "category") {
    const [from, to] = [scale.valueAt(low), scale.valueAt(high)].map((value) => formatScore(value ?? undefined));
    return `${from} to ${to}`;
  }
  const words = scale.wordsBetween(low, high).map(display);
  return words.length > MOST_WORDS ? `${words.length} values` : words.join(", ");
}
