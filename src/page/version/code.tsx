/** What changed in the code since the version before. */
import { useDocument } from "../data.ts";
import { documents } from "../documents.ts";
import { Ready } from "../parts/loading.tsx";
import { Patch } from "../parts/patch.tsx";
import { formatRoute } from "../route.ts";
import type { VersionOf } from "./version-of.ts";

export function CodePart({ label, version: { package: pack } }: VersionOf) {
  if (pack.from === null) return <p class="faint">There is no version before it to compare with.</p>;
  return <CodeSince before={`${pack.model}@v${pack.from}`} label={label} />;
}

function CodeSince({ before, label }: { before: string; label: string }) {
  const found = useDocument(documents.patch(before, label));
  return (
    <>
      <p>
        Since <a href={formatRoute({ kind: "version", label: before })}>{before}</a>
        {" · "}
        <a href={formatRoute({ kind: "compare", labels: [before, label] })}>compare all of it</a>
      </p>
      {found.state === "failed" ? (
        <Names before={before} label={label} />
      ) : (
        <Ready of={found}>{(report) => <Patch report={report} />}</Ready>
      )}
    </>
  );
}

/** Which files differ, where their lines are not at hand: in an export that has none. */
function Names({ before, label }: { before: string; label: string }) {
  const found = useDocument(documents.compare(before, label));
  return (
    <Ready of={found}>
      {({ code }) =>
        code.length === 0 ? <p class="faint">The code is the same.</p> : <pre tabIndex={0}>{code.join("\n")}</pre>
      }
    </Ready>
  );
}
