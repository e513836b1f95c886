/** The table as it is shown, taken along. */
import { plural } from "../../base/counts.ts";
import type { LogLine } from "../../registry/log.ts";
import type { Column } from "../../values/version-columns.ts";
import { announce } from "../parts/announce.tsx";
import { saveText } from "../parts/saving.ts";
import { csvOf } from "./csv.ts";

interface TakingProps {
  model: string;
  lines: readonly LogLine[];
  shown: readonly Column[];
}

export function Taking({ model, lines, shown }: TakingProps) {
  const copy = (): void => {
    navigator.clipboard.writeText(csvOf(lines, shown)).then(
      () => announce(`${plural(lines.length, "row")} copied as CSV`),
      () => announce("the browser did not let the table be copied"),
    );
  };
  return (
    <>
      <button type="button" onClick={() => saveText(`${model}.csv`, "text/csv", csvOf(lines, shown))}>
        Save CSV
      </button>
      <button type="button" onClick={copy}>
        Copy
      </button>
    </>
  );
}
