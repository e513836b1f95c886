/** `mvgit cat [[REV:]PATH]` */
import { MvgitError } from "../../../base/errors.ts";
import { cat as catBytes, parseRange } from "../../../files/cat.ts";
import { defineCommand } from "../../command.ts";
import { value } from "../../options.ts";

export const command = defineCommand({
  arguments: "[[REV:]PATH]",
  output: "bytes",
  options: {
    range: value("A-B", "these bytes only, both ends included"),
    hash: value("HASH", "a blob by its hash, or the first 7 characters of it at least"),
  },
  async run({ operands: [path], hash, range }, session) {
    if ((path === undefined) === (hash === undefined))
      throw new MvgitError("usage", "'mvgit cat' needs either a path or '--hash'", {
        hint: "usage: mvgit cat [REV:]PATH, or mvgit cat --hash HASH",
      });
    const repo = await session.repo();
    for await (const chunk of catBytes(repo, {
      what: hash ?? path ?? "",
      byHash: hash !== undefined,
      ...(range === undefined ? {} : { range: parseRange(range) }),
    })) {
      if (!(await session.write(Buffer.from(chunk)))) break;
    }
    return {};
  },
  text: () => "",
});
