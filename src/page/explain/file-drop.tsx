/** Where a file is dropped or chosen: it is hashed here, told how far that is, and can be cancelled. */
import { useEffect, useRef, useState } from "preact/hooks";
import { formatSize } from "../../base/counts.ts";
import { display } from "../../base/display.ts";
import { canHash } from "../hash/hash-file.ts";
import { type Asked, askedBy } from "./dropped-file.ts";

type State =
  | { kind: "idle" }
  | { kind: "hashing"; file: File; done: number; abort: AbortController }
  | { kind: "asked"; file: File; asked: Asked }
  | { kind: "refused"; why: string };

/** `onAsked`: told what to explain. */
export function FileDrop({ onAsked }: { onAsked: (text: string) => void }) {
  const { state, refuse, take, cancel } = useHashing(onAsked);
  const [isOver, setOver] = useState(false);
  if (!canHash)
    return (
      <p class="hint">
        This page is a single file and hashes nothing. <code>b3sum FILE</code> prints the hash to paste above.
      </p>
    );
  return (
    <div
      class={isOver ? "drop drop-over" : "drop"}
      onDragOver={(event) => (event.preventDefault(), setOver(true))}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        const isFolder = [...(event.dataTransfer?.items ?? [])].some((item) => item.webkitGetAsEntry()?.isDirectory);
        if (isFolder) refuse(FOLDER);
        else take(event.dataTransfer?.files);
      }}
    >
      <label>
        Or drop a file here, or choose one:{" "}
        <input
          type="file"
          onChange={({ currentTarget }) => {
            take(currentTarget.files);
            // The same file again is a change as well.
            currentTarget.value = "";
          }}
        />
      </label>
      <p class="hint">It is hashed in this browser. None of it is sent anywhere.</p>
      <Told state={state} onCancel={cancel} />
    </div>
  );
}

/** One file at a time: another one that is taken ends the one before. */
function useHashing(onAsked: (text: string) => void) {
  const [state, setState] = useState<State>({ kind: "idle" });
  const running = useRef<AbortController | null>(null);
  const cancel = (): void => running.current?.abort();
  const refuse = (why: string): void => setState({ kind: "refused", why });
  useEffect(() => cancel, []);
  const take = (files: FileList | null | undefined): void => {
    cancel();
    const refusal = whyNot(files);
    const file = files?.[0];
    if (refusal !== null || file === undefined) return refuse(refusal ?? "nothing was dropped");
    const abort = new AbortController();
    running.current = abort;
    setState({ kind: "hashing", file, done: 0, abort });
    const onProgress = (done: number): void => setState({ kind: "hashing", file, done, abort });
    askedBy(file, { onProgress, signal: abort.signal }).then(
      (asked) => {
        setState({ kind: "asked", file, asked });
        onAsked(asked.text);
      },
      (error: unknown) => {
        if (abort.signal.aborted)
          setState((now) => (now.kind === "hashing" && now.abort === abort ? { kind: "idle" } : now));
        else refuse(whyFailed(file, error));
      },
    );
  };
  return { state, refuse, take, cancel };
}

const FOLDER =
  "a folder cannot be hashed here, since a browser does not tell which of its files may be run: drop one file of it";

function whyNot(files: FileList | null | undefined): string | null {
  if (files === null || files === undefined || files.length === 0) return "nothing was dropped that is a file";
  return files.length > 1 ? "several files were dropped: drop one at a time" : null;
}

function whyFailed({ name }: File, error: unknown): string {
  const why = error instanceof Error ? error.message : String(error);
  return `'${display(name)}' could not be hashed: ${why}`;
}

function Told({ state, onCancel }: { state: State; onCancel: () => void }) {
  if (state.kind === "idle") return null;
  if (state.kind === "refused")
    return (
      <p class="failure" role="alert">
        {state.why}
      </p>
    );
  const { file } = state;
  const name = display(file.name);
  if (state.kind === "asked")
    return (
      <p role="status">
        <bdi>{name}</bdi>: {state.asked.how}, <code class="hash">{state.asked.text}</code>
      </p>
    );
  return (
    <p>
      <label>
        Hashing <bdi>{name}</bdi> <progress value={state.done} max={Math.max(1, file.size)} />
      </label>{" "}
      {formatSize(state.done)} of {formatSize(file.size)}{" "}
      <button type="button" onClick={onCancel}>
        Cancel
      </button>
    </p>
  );
}
