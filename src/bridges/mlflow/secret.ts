/** What the address of `mvgit mlflow serve` ends with, which nobody guesses. */
import * as fs from "node:fs";
import { getuid, platform } from "node:process";
import { randomBytes } from "../../base/clock.ts";
import { claimName, readRegularUpTo, removeFile, tryTo, writeNewFile } from "../../base/disk.ts";
import { MvgitError } from "../../base/errors.ts";
import { prose } from "../../base/prose.ts";
import { TemporaryFolder } from "../../store/temporary.ts";
import { cloneFile } from "../../values/own-files.ts";

/** Of a variable: nobody tries all of them, and each stands in a path as it is. */
const FORM = /^[A-Za-z0-9_-]{32,200}$/;

/**
 * What the variable `MVGIT_MLFLOW_SECRET` says, else what the clone keeps for its user alone, drawn the first time;
 * without a clone another each time. Throws `usage` for a variable that could be guessed.
 */
export function secretFor(
  env: Readonly<Record<string, string | undefined>>,
  clone: { commonDir: string } | null,
): string {
  const given = env["MVGIT_MLFLOW_SECRET"] ?? "";
  if (FORM.test(given)) return given;
  if (given !== "")
    throw new MvgitError("usage", "MVGIT_MLFLOW_SECRET could be guessed, or is no part of an address", {
      subject: "MVGIT_MLFLOW_SECRET",
      hint: prose`32 to 200 letters, digits, '_' and '-', drawn at random: python3 -c 'import secrets;
        print(secrets.token_urlsafe())'`,
    });
  const drawn = randomBytes(24).toString("base64url");
  return clone === null ? drawn : kept(clone, drawn);
}

/** Where nothing can be kept, what was drawn serves this once. */
function kept(clone: { commonDir: string }, drawn: string): string {
  const file = cloneFile(clone, "mlflow-secret");
  let found = ownSecret(file);
  tryTo(() => {
    if (found !== null || isOfOther(file)) return;
    // What others could read, or is none.
    if (fs.lstatSync(file, { throwIfNoEntry: false }) !== undefined) removeFile(file);
    const temporary = new TemporaryFolder(cloneFile(clone, "tmp")).newName();
    writeNewFile(temporary, drawn, 0o600);
    claimName(temporary, file);
    found = ownSecret(file);
  });
  return found ?? drawn;
}

/** Of a clone that several use. */
function isOfOther(file: string): boolean {
  const owner = fs.lstatSync(file, { throwIfNoEntry: false })?.uid;
  return owner !== undefined && getuid !== undefined && owner !== getuid();
}

/** Null where there is none that only its user could have read. */
function ownSecret(file: string): string | null {
  const about = fs.lstatSync(file, { throwIfNoEntry: false });
  const isPrivate = about?.isFile() === true && (platform === "win32" || (about.mode & 0o077) === 0);
  if (!isPrivate || isOfOther(file)) return null;
  const bytes = readRegularUpTo(file, 200);
  const text = bytes === null || bytes === "other" ? "" : bytes.toString("latin1");
  return FORM.test(text) ? text : null;
}
