/** Options that several commands share. */
import { MvgitError } from "../base/errors.ts";
import { display } from "../base/paths.ts";
import { flag, jobs, list, off, value } from "./options.ts";

/** For the help of what brings a version into a folder. */
export const ABOUT_DIR = `
  DIR keeps the paths of the version, and changes as a whole, in one step: at no moment is a file in it incomplete, or
  of another version than its neighbours. DIR/.mvgit-receipt.json says what is there.
`;

/** What brings a version into a folder. */
export const DELIVER_OPTIONS = {
  out: value("DIR", "the folder to fill: absent, empty, or an earlier one", "o"),
  only: list("WHAT", "'weights', 'data', or a path; may be given again"),
  force: flag("fill DIR although it holds files of others"),
  acceptOlder: flag("take what LABEL means now, although DIR has seen a newer or another"),
  jobs,
};

/** Of imports. */
export const commit = flag("make the commit that switches, if all could be taken");

/** Of imports. */
export const above = value("SIZE", "only files of more: 5MB, 512KiB, 1.5g");

/** What makes a version. */
export const VERSION_OPTIONS = {
  data: list("PATH", "what it learns from: taken into the store first"),
  weights: list("PATH", "what it makes: taken into the store afterwards"),
  params: list("FILE", "settings (YAML, TOML, JSON, INI, .env), or 'none'"),
  metrics: list("FILE", "scores (JSON, YAML or CSV), or 'none'"),
  message: value("TEXT", "what is new in this version", "m"),
  "as-is": flag("record what stands here, also where it is behind its pointer or incomplete"),
};

export const reason = value("TEXT", "why, kept with the move", "m");

export const alsoReason = value("TEXT", "the same as -m");

/** What every move of a stage takes. */
export const MOVE_OPTIONS = {
  message: reason,
  reason: alsoReason,
  commit: off("leave stages.yaml as it is"),
  acceptOlder: flag("go on although an event that was seen before is gone"),
};

export const acceptOlderRemark = flag("go on although a remark that was seen before is gone");

export const markdown = flag("as Markdown, for a pull request");

/** What `--set PART=VALUE` sets of a remote, parts in lower case. Throws `usage`. */
export function partsOf(set: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    set.map((text) => {
      const [, part = "", value = ""] = /^([A-Za-z]+)=([^]+)$/.exec(text) ?? [];
      if (part !== "") return [part.toLowerCase(), value];
      throw new MvgitError("usage", `'${display(text)}' sets nothing`, {
        hint: "write PART=VALUE, such as 'endpoint=https://HOST'",
      });
    }),
  );
}
