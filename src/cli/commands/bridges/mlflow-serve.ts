/** `mvgit mlflow serve [ADDRESS]` */
import { toDocument } from "../../../base/as-document.ts";
import { untilStopped } from "../../../base/stop.ts";
import { openToServe } from "../../../bridges/mlflow-serve.ts";
import { ADDRESS_FORMS } from "../../../store/drivers.ts";
import { defineCommand } from "../../command.ts";
import { flag, port, value } from "../../options.ts";

export const command = defineCommand({
  arguments: "[ADDRESS]",
  output: "own",
  details: `
    Answers MLflow's client from the versions and stages of this repository, or of the one at ADDRESS (https, ssh, or a
    folder), until Ctrl-C or SIGTERM ends it. With MLFLOW_TRACKING_URI set to the address that it prints, scripts load
    'models:/spam@production' and 'models:/spam/3', search runs and download artifacts, unchanged.

    It listens on 127.0.0.1 alone. Who knows the address can read the repository: it is another each time, but with
    --port in a clone. Nothing can be changed unless --allow-writes says so; then setting and deleting an alias moves a
    stage, as by 'promote'.
  `,
  options: {
    port,
    allowWrites: flag("let MLflow's client move aliases"),
    remote: value("URL", `where the bytes are: ${ADDRESS_FORMS}`),
    insecure: flag("allow plain http beyond this machine"),
  },
  async run({ operands: [address = "."], port = 0, allowWrites, remote, insecure }, session) {
    const { cwd, env, watch } = session;
    const server = await openToServe({ cwd, env, watch }, { address, port, writes: allowWrites, remote, insecure });
    try {
      const report = { address: server.url, port: Number(new URL(server.url).port), writes: allowWrites };
      const words = session.json ? toDocument("mlflow serve", report) : `${report.address}\n`;
      await session.write(Buffer.from(words));
      watch.note("set MLFLOW_TRACKING_URI to that address for MLflow's client; Ctrl-C ends it");
      await untilStopped(watch.signal);
      return report;
    } finally {
      await server.close();
    }
  },
  text: () => "",
  endsBySignal: () => true,
});
