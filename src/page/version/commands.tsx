/** What to type to do something with a version, and its receipt. */
import type { Hash } from "../../values/hash.ts";
import { formatReceipt } from "../../values/receipt.ts";
import { periodsOf } from "../../values/stage-times.ts";
import { commandsOf } from "../../values/version-commands.ts";
import { config } from "../config.ts";
import { useDocument } from "../data.ts";
import { documents } from "../documents.ts";
import { Copyable } from "../parts/copy.tsx";
import type { VersionOf } from "./version-of.ts";

export function CommandsPart({ version }: VersionOf) {
  const { package: pack, packageHash, signed, events } = version;
  const { model, version: number, from, run } = pack;
  const stages = [...new Set(periodsOf(events, number).map(({ stage }) => stage))];
  const clone = useDocument(config.mode === "live" ? documents.clone() : null);
  const repository = config.repository ?? (clone.state === "ready" ? clone.document.repository : null);
  const commands = commandsOf({ model, version: number, from, wasRun: run !== null, signed, stages, repository });
  const receipt = formatReceipt({ model, version: number, package: packageHash as Hash });
  return (
    <>
      <dl class="facts commands">
        {commands.map(({ does, line }) => (
          <>
            <dt key={does}>{does}</dt>
            <dd>
              <Copyable text={line} what={`the command: ${does}`} />
            </dd>
          </>
        ))}
      </dl>
      <h3>Receipt</h3>
      <p class="faint">One line for the log of a service, which leads from a prediction back to this version.</p>
      <Copyable text={receipt} what="the receipt" />
    </>
  );
}
