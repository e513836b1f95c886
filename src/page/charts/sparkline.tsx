/** A course as small as a word, for a row of a table. */
import { formatScore } from "../../values/scores.ts";

interface SparklineProps {
  /** In their order; null for a gap. */
  values: readonly (number | null)[];
  /** What they are, such as `accuracy`; it is read out with the first and the last value. */
  label: string;
}

const [WIDTH, HEIGHT, ROOM] = [96, 24, 3];
/** Points that so few pixels can show. */
const MOST = WIDTH;

export function Sparkline({ values, label }: SparklineProps) {
  const known = values.filter((value): value is number => value !== null && Number.isFinite(value));
  const last = known.at(-1);
  if (last === undefined) return <span class="sparkline-none" />;
  const words = known.length === 1 ? formatScore(last) : `${formatScore(known[0])} to ${formatScore(last)}`;
  const { path, end } = pathOf(known.slice(-MOST));
  return (
    <svg
      class="sparkline"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      width={WIDTH}
      height={HEIGHT}
      role="img"
      aria-label={`${label}: ${words}`}
    >
      <path d={path} />
      <circle cx={end.x} cy={end.y} r={2} />
    </svg>
  );
}

function pathOf(values: readonly number[]): { path: string; end: { x: number; y: number } } {
  const low = values.reduce((a, b) => Math.min(a, b));
  const high = values.reduce((a, b) => Math.max(a, b));
  const points = values.map((value, at) => ({
    x: ROOM + (values.length < 2 ? 0.5 : at / (values.length - 1)) * (WIDTH - 2 * ROOM),
    y: ROOM + (high === low ? 0.5 : 1 - (value / 2 - low / 2) / (high / 2 - low / 2)) * (HEIGHT - 2 * ROOM),
  }));
  const path = points.map(({ x, y }, at) => `${at === 0 ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
  return { path, end: points.at(-1) ?? { x: 0, y: 0 } };
}
