/** `mvgit note LABEL TEXT` */
import { remark } from "../../../versions/remark.ts";
import { defineCommand } from "../../command.ts";
import { remarkedText } from "../../render/versions/remarks.ts";
import { acceptOlderRemark } from "../../shared-options.ts";

export const command = defineCommand({
  arguments: "LABEL TEXT",
  output: "deed",
  details: `
    Says something of a version after it was made. The note goes to the Git host at once, with who and when;
    'log', 'show' and 'explain' tell it everywhere. Notes are never changed or removed: write another.
  `,
  options: { acceptOlder: acceptOlderRemark },
  run: async ({ operands: [label = "", text = ""], acceptOlder }, session) =>
    remark(await session.repo(), { label, kind: "note", text, acceptOlder }),
  text: remarkedText,
});
