/** Which stage, and which version: what the page does not stand on is chosen or typed. */
import { display } from "../../base/display.ts";
import type { EventReport } from "../../registry/event-report.ts";
import { useDocument } from "../data.ts";
import { documents } from "../documents.ts";
import type { MoveOf, Wish } from "./wish.ts";

interface FieldsProps {
  of: MoveOf;
  wish: Wish;
  onWish(wish: Wish): void;
  moves: readonly EventReport[];
}

export function MoveFields({ of, wish, onWish, moves }: FieldsProps) {
  const stages = [...new Set(moves.map(({ stage }) => stage as string))].toSorted();
  return (
    <>
      {of.stage === undefined && (
        <p>
          <label for="move-stage">To stage</label>{" "}
          <input
            id="move-stage"
            list="move-stages"
            value={wish.stage}
            autocomplete="off"
            spellcheck={false}
            placeholder="production"
            required
            autofocus
            onInput={({ currentTarget }) => onWish({ ...wish, stage: currentTarget.value.trim() })}
          />
          <datalist id="move-stages">
            {stages.map((stage) => (
              <option key={stage} value={stage} />
            ))}
          </datalist>
        </p>
      )}
      {of.version === undefined && <VersionField of={of} wish={wish} onWish={onWish} moves={moves} />}
    </>
  );
}

/** Versions that are offered. */
const OFFERED = 200;

function VersionField({ of, wish, onWish, moves }: FieldsProps) {
  const isBack = of.action === "rollback";
  const log = useDocument(documents.log(of.model));
  const versions = log.state === "ready" ? log.document.versions : [];
  const before = moves.flatMap(({ stage, version }) => (stage === wish.stage && version !== null ? [version] : []));
  const offered = versions.filter(({ retracted }) => retracted === null);
  const numbers = isBack ? [...new Set(before)].toSorted((a, b) => b - a) : offered.map(({ version }) => version);
  const words = new Map(versions.map(({ version, message }) => [version, display(message)]));
  return (
    <p>
      <label for="move-version">{isBack ? "Back to" : "Version"}</label>{" "}
      <select
        id="move-version"
        value={wish.to}
        required
        autofocus={of.stage !== undefined}
        onChange={({ currentTarget }) => onWish({ ...wish, to: currentTarget.value })}
      >
        {isBack ? <option value="before">what it held before</option> : <option value="">choose one</option>}
        {numbers.slice(0, OFFERED).map((version) => (
          <option key={version} value={`v${version}`}>
            v{version} {(words.get(version) ?? "").slice(0, 60)}
          </option>
        ))}
        {isBack && <option value="none">nothing: empty the stage</option>}
      </select>
    </p>
  );
}
