/** Documents of runs, which go on while one looks: read anew whenever the server tells that they did. */
import { useEffect, useState } from "preact/hooks";
import { systemClock } from "../../base/clock.ts";
import { type DataFailure, fetchDocument, type Loaded } from "../data.ts";
import { documents, type DocumentPath } from "../documents.ts";
import { onChange } from "../live.ts";
import { RunCurves } from "./run-curves.ts";

/** Whether what the server told concerns a run; told nothing, it may. */
function concerns(told: unknown, id: string | null): boolean {
  const runs = (told as { runs?: { id: string }[] } | null)?.runs;
  return id === null || runs === undefined || runs.some((run) => run.id === id);
}

/** Calls `read` at once, and when a run went on; never twice at a time. */
function useFollowing(id: string | null, read: () => Promise<void>, key: string): void {
  useEffect(() => {
    let [isReading, isAsked, isOver] = [false, false, false];
    const follow = async (): Promise<void> => {
      if (isReading) {
        isAsked = true;
        return;
      }
      isReading = true;
      do {
        isAsked = false;
        await read();
      } while (isAsked && !isOver);
      isReading = false;
    };
    void follow();
    const forget = onChange("runs", (told) => {
      if (concerns(told, id)) void follow();
    });
    return () => {
      isOver = true;
      forget();
    };
  }, [key]);
}

/** A document of runs; the last one that was there stays until a newer one comes. `id`: of one run; null for all. */
export function useFollowed<T>(path: DocumentPath<T>, id: string | null): Loaded<T> {
  const [loaded, set] = useState<Loaded<T>>({ state: "loading" });
  const read = async (): Promise<void> => {
    try {
      set({ state: "ready", document: await fetchDocument(path), isStale: false });
    } catch (error) {
      const failure = error as DataFailure;
      // The page says by itself that the server is gone, and what it knows stays.
      set((before) =>
        failure.code === "unreachable" && before.state === "ready" ? before : { state: "failed", failure },
      );
    }
  };
  useFollowing(id, read, path);
  return loaded;
}

/** The curves of a run as far as they are known, and how often they grew. */
export function useRunCurves(id: string): { curves: RunCurves; grown: number } {
  const [{ curves, grown }, set] = useState(() => ({ curves: new RunCurves(), grown: 0 }));
  const read = async (): Promise<void> => {
    try {
      for (;;) {
        const piece = await fetchDocument(documents.runCurves(id, curves.cursor));
        curves.take(piece);
        if (piece.restarted || piece.curves.length > 0 || Object.keys(piece.params).length > 0)
          set((before) => ({ curves, grown: before.grown + 1 }));
        if (!piece.more) return;
      }
    } catch {
      // A run that is gone has no more curves; the document of the run itself says why.
    }
  };
  useFollowing(id, read, id);
  return { curves, grown };
}

/** Seconds since a time, each second anew while it ticks. */
export function useSecondsSince(started: string, isTicking: boolean): number {
  const [, tick] = useState(0);
  useEffect(() => {
    if (!isTicking) return undefined;
    const timer = setInterval(() => tick((count) => count + 1), 1000);
    return () => clearInterval(timer);
  }, [isTicking]);
  return Math.max(0, (systemClock.now() - Date.parse(started)) / 1000);
}
