/** `mvgit receipt LABEL` */
import { formatReceipt, receiptData } from "../../../values/receipt.ts";
import { defineCommand } from "../../command.ts";

export const command = defineCommand({
  arguments: "LABEL",
  details: "One line of JSON of at most 300 bytes, to be logged with each prediction. 'mvgit explain' takes it back.",
  options: {},
  run: async ({ operands: [label = ""] }, session) => ({
    receipt: receiptData(await (await session.registry()).receipt(label)),
  }),
  text: (report) => formatReceipt(report.receipt),
});
