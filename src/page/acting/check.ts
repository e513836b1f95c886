/** What a move would do, asked whenever what is wished changes. */
import { useEffect, useState } from "preact/hooks";
import type { MoveCheckReport } from "../../versions/move-check.ts";
import type { DataFailure } from "../data.ts";
import { post } from "./post.ts";
import type { Wish } from "./wish.ts";

/** A report as it arrives: failures in it are their data. */
export type Checked = Omit<MoveCheckReport, "problems"> & { problems: DataFailure[] };

export type Check = {
  /** Whether nothing stands in the way of it. */
  isFree: boolean;
  /** Asks once more. */
  again(): void;
} & (
  | { state: "incomplete" | "asking" }
  | { state: "failed"; failure: DataFailure }
  /** `to`: as the move names it. */
  | { state: "ready"; report: Checked; to: string | null }
);

type Answer = { key: string } & ({ report: Checked } | { failure: DataFailure });

/** Milliseconds during which one still types. */
const TYPING = 300;

/** `isWanted`: false while it is moved, and afterwards. */
export function useCheck(
  { action, model }: { action: "promote" | "rollback"; model: string },
  { stage, to: wished }: Wish,
  isWanted: boolean,
): Check {
  const [turn, setTurn] = useState(0);
  const [answer, setAnswer] = useState<Answer | null>(null);
  const to = wished === "before" ? null : wished;
  const isWhole = stage !== "" && wished !== "";
  const key = JSON.stringify([action, model, stage, to, turn]);
  useEffect(() => {
    if (!isWhole || !isWanted) return undefined;
    let isOpen = true;
    const answered = (told: Answer): void => {
      if (isOpen) setAnswer(told);
    };
    const timer = setTimeout(() => {
      post<Checked>("moves/check", { action, model, stage, to }).then(
        (report) => answered({ key, report }),
        (failure: DataFailure) => answered({ key, failure }),
      );
    }, TYPING);
    return () => {
      isOpen = false;
      clearTimeout(timer);
    };
  }, [key, isWhole, isWanted]);
  const again = (): void => setTurn((count) => count + 1);
  const base = { isFree: false, again };
  if (!isWhole) return { ...base, state: "incomplete" };
  if (answer?.key !== key) return { ...base, state: "asking" };
  if ("failure" in answer) return { ...base, state: "failed", failure: answer.failure };
  const { report } = answer;
  return { ...base, isFree: report.problems.length === 0, state: "ready", report, to };
}
