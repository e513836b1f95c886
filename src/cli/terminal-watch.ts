/** The watch of a command: progress, notes and warnings on stderr, and the signal that stops it. */
import { withoutCredentials } from "../base/address.ts";
import { systemClock } from "../base/clock.ts";
import { silent } from "../base/progress.ts";
import type { Watch } from "../base/watch.ts";
import { displayLines } from "./present.ts";
import { ProgressView, type Screen } from "./progress.ts";
import type { Style } from "./render/style.ts";

/** What of it is shown, and how. */
interface WatchOptions {
  showProgress: boolean;
  showNotes: boolean;
  style: Style;
  signal: AbortSignal;
}

/** Makes one; `finish` takes progress off the screen before the result is printed, `clear` before a part of it is. */
export function terminalWatch(screen: Screen, options: WatchOptions): { watch: Watch; finish(): void; clear(): void } {
  const view = new ProgressView(screen, systemClock);
  const told = new Set<string>();
  const tell = (line: string): void => {
    if (told.has(line)) return;
    told.add(line);
    view.print(line);
  };
  const watch: Watch = {
    progress: options.showProgress ? view : silent,
    signal: options.signal,
    clock: systemClock,
    note: (text) => {
      if (options.showNotes) tell(displayLines(withoutCredentials(text)));
    },
    warn: (text) => tell(`${options.style.warning("warning:")} ${displayLines(withoutCredentials(text))}`),
  };
  const stop = (): void => view.print("stopping");
  options.signal.addEventListener("abort", stop, { once: true });
  const finish = (): void => {
    options.signal.removeEventListener("abort", stop);
    view.finish();
  };
  return { watch, finish, clear: () => view.clear() };
}
