/** The folder that the process works in, which may be gone. */
import { cwd } from "node:process";
import { MvgitError, systemCode } from "./errors.ts";

/** Absolute. Throws `not-a-repository` where it was removed or cannot be reached any more. */
export function currentFolder(): string {
  try {
    return cwd();
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    throw new MvgitError(
      "not-a-repository",
      `the current folder cannot be used: it was removed, or may not be entered (${systemCode(error)})`,
      {
        hint: "change to a folder that is there ('cd'), or name the repository with '-C' and its whole path",
        cause: error,
      },
    );
  }
}
