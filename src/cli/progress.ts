/**
 * Progress on stderr: live lines on a terminal, elsewhere a plain line now and then, nothing for work that ends soon.
 *
 * Drawing happens by the clock, never by `advance`, so telling progress costs an addition.
 */
import type { Clock } from "../base/clock.ts";
import { display } from "../base/paths.ts";
import type { Progress, ProgressTask } from "../base/progress.ts";
import { progressLine, type Standing } from "./render/progress-line.ts";
import { shorten } from "./render/columns.ts";

/** Milliseconds before anything is shown, and between two drawings. */
const QUIET_START = 500;
const LIVE_EVERY = 100;
const PLAIN_EVERY = 3000;
/** The rate is that of the last seconds, so that a stall can be seen. */
const RATE_WINDOW = 5000;
const MOST_LINES = 4;

/** Where it is drawn; `live`: a terminal that can move its cursor. */
export interface Screen {
  write(text: string): unknown;
  columns(): number;
  live: boolean;
}

/** Milliseconds of work after which it is said how long the rest will take. */
const RATE_KNOWN = 2000;

interface Task extends Standing {
  startedAt: number;
  samples: { at: number; bytes: number; files: number }[];
}

/** The lines of all work that is under way, drawn on a screen; `finish` leaves none of them there. */
export class ProgressView implements Progress {
  readonly #screen: Screen;
  readonly #clock: Pick<Clock, "now">;
  readonly #tasks = new Set<Task>();
  readonly #startedAt: number;
  #drawnAt: number;
  #linesShown = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(screen: Screen, clock: Pick<Clock, "now">) {
    this.#screen = screen;
    this.#clock = clock;
    this.#startedAt = clock.now();
    this.#drawnAt = this.#startedAt;
  }

  task(label: string, total: { bytes?: number; files?: number } = {}): ProgressTask {
    const at = this.#clock.now();
    const task: Task = {
      label: display(label),
      total,
      bytes: 0,
      files: 0,
      rate: null,
      isSteady: false,
      startedAt: at,
      samples: [{ at, bytes: 0, files: 0 }],
    };
    this.#tasks.add(task);
    this.#timer ??= setInterval(() => this.tick(), LIVE_EVERY).unref();
    return {
      advance: (bytes, files = 0) => {
        task.bytes += bytes;
        task.files += files;
      },
      expect: (all) => {
        task.total = all;
      },
      done: () => void this.#tasks.delete(task),
    };
  }

  /** Draws what is due now. */
  tick(): void {
    const now = this.#clock.now();
    if (now - this.#startedAt < QUIET_START) return;
    if (!this.#screen.live && now - this.#drawnAt < PLAIN_EVERY) return;
    this.#drawnAt = now;
    for (const task of this.#tasks) measure(task, now);
    const lines = [...this.#tasks]
      .slice(-MOST_LINES)
      .map((task) => progressLine(task, this.#screen.live, this.#width()));
    if (this.#screen.live) this.#redraw(lines);
    else if (lines.length > 0) this.#screen.write(lines.join("\n") + "\n");
  }

  /** Writes whole lines above the live ones. */
  print(text: string): void {
    this.#redraw([]);
    this.#screen.write(text + "\n");
  }

  /** Takes the live lines off the screen until they are drawn again, for what is printed past this view. */
  clear(): void {
    this.#redraw([]);
  }

  /** Ends all drawing and leaves a clean line. */
  finish(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
    this.#tasks.clear();
    this.#redraw([]);
  }

  /**
   * Puts the cursor where the first live line began, clears from there, and draws anew: one write, so nothing flickers.
   */
  #redraw(lines: readonly string[]): void {
    if (this.#linesShown === 0 && lines.length === 0) return;
    const up = this.#linesShown > 1 ? `\x1b[${this.#linesShown - 1}A` : "";
    const back = this.#linesShown > 0 ? `${up}\r\x1b[J` : "";
    this.#screen.write(back + lines.map((line) => shorten(line, this.#width())).join("\n"));
    this.#linesShown = lines.length;
  }

  #width(): number {
    return Math.max(20, this.#screen.columns() - 1);
  }
}

function measure(task: Task, now: number): void {
  task.samples.push({ at: now, bytes: task.bytes, files: task.files });
  while (task.samples.length > 2 && now - (task.samples[1] as { at: number }).at >= RATE_WINDOW) task.samples.shift();
  const first = task.samples[0] as { at: number; bytes: number; files: number };
  const seconds = (now - first.at) / 1000;
  task.isSteady = now - task.startedAt >= RATE_KNOWN;
  task.rate =
    seconds > 0 ? { bytes: (task.bytes - first.bytes) / seconds, files: (task.files - first.files) / seconds } : null;
}
