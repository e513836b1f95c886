/** Promote and rollback: what it would do and the policy's verdict first, then the reason, then the move itself. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { MoveReport } from "../../versions/promote.ts";
import { type DataFailure, refreshAll, useDocument } from "../data.ts";
import { documents } from "../documents.ts";
import { type Check, useCheck } from "./check.ts";
import { MoveFields } from "./move-fields.tsx";
import { post } from "./post.ts";
import { Verdict } from "./verdict.tsx";
import { type MoveOf, wishedAtFirst } from "./wish.ts";

export function MoveDialog({ of, onClose }: { of: MoveOf; onClose(): void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [done, setDone] = useState<MoveReport | null>(null);
  useLayoutEffect(() => {
    dialog.current?.showModal();
  }, []);
  const close = (): void => dialog.current?.close();
  return (
    <dialog ref={dialog} class="move" aria-labelledby="move-title" onClose={onClose}>
      <h2 id="move-title">{titleOf(of)}</h2>
      {done === null ? <MoveForm of={of} onDone={setDone} onCancel={close} /> : <Done report={done} onClose={close} />}
    </dialog>
  );
}

function MoveForm({ of, onDone, onCancel }: { of: MoveOf; onDone(report: MoveReport): void; onCancel(): void }) {
  const [wish, setWish] = useState(wishedAtFirst(of));
  const [reason, setReason] = useState("");
  const [isMoving, setMoving] = useState(false);
  const [failure, setFailure] = useState<DataFailure | null>(null);
  const history = useDocument(documents.history(of.model));
  const check = useCheck(of, wish, !isMoving);
  const move = async (): Promise<void> => {
    setMoving(true);
    setFailure(null);
    await moveBy(check, { action: of.action, model: of.model, stage: wish.stage, reason }).then(
      (report) => {
        onDone(report);
        refreshAll();
      },
      (error: DataFailure) => {
        setFailure(error);
        setMoving(false);
        check.again();
      },
    );
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (check.isFree && !isMoving) void move();
      }}
    >
      <MoveFields
        of={of}
        wish={wish}
        onWish={setWish}
        moves={history.state === "ready" ? history.document.events : []}
      />
      <Verdict check={check} />
      <label for="move-reason">Why</label>
      <textarea
        id="move-reason"
        rows={2}
        value={reason}
        placeholder="Kept with the move for good"
        onInput={({ currentTarget }) => setReason(currentTarget.value)}
      />
      {failure !== null && <NotMoved {...failure} />}
      <div class="tools">
        <button type="submit" class="main" disabled={!check.isFree || isMoving}>
          {isMoving ? "Moving…" : wordFor(of)}
        </button>
        <button type="button" onClick={onCancel}>
          Cancel
        </button>
      </div>
    </form>
  );
}

function NotMoved({ message, hint }: DataFailure) {
  return (
    <div class="failure" role="alert">
      <p>Not moved: {message}</p>
      {hint !== null && <p class="hint">{hint}</p>}
    </div>
  );
}

/** Only what was checked is moved, and only from where the stage stood then. Throws a `DataFailure`. */
async function moveBy(check: Check, asked: MoveOf & { reason: string }): Promise<MoveReport> {
  if (check.state !== "ready")
    throw { code: "usage", message: "it was not checked yet", hint: null } satisfies DataFailure;
  return post<MoveReport>("moves", { ...asked, to: check.to, seen: check.report.event });
}

function titleOf({ action, model, stage, version }: MoveOf): string {
  const what = version === undefined ? model : `${model}@v${version}`;
  if (action === "rollback") return `Roll ${stage === undefined ? model : `${model}#${stage}`} back`;
  return stage === undefined ? `Promote ${what}` : `Promote a version of ${what} to ${stage}`;
}

function wordFor({ action }: MoveOf): string {
  return action === "promote" ? "Promote" : "Roll back";
}

function Done({ report, onClose }: { report: MoveReport; onClose(): void }) {
  const { model, stage, version, event, host } = report;
  const where = host === null ? "in this clone alone, which has no Git host" : `at '${host}'`;
  return (
    <>
      <div class="note" role="status">
        <p>
          {model}#{stage} holds {version === null ? "nothing" : `v${version}`} now: event {event}, {where}.
        </p>
      </div>
      <div class="tools">
        <button type="button" class="main" autofocus onClick={onClose}>
          Close
        </button>
      </div>
    </>
  );
}
