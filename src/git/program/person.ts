/** Making objects of Git in the name of somebody who made the same elsewhere. */
import type { GitIdentity } from "../reader.ts";

/** With these nothing is signed: a signature is that of whoever runs the command, not of the person. */
export const UNSIGNED = { "tag.gpgSign": "false", "commit.gpgSign": "false" };

/** Variables for git, so that what it makes has that person and time. */
export function personOf({ name, email, time, zone }: GitIdentity): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const role of ["AUTHOR", "COMMITTER"]) {
    // Git refuses an empty name.
    variables[`GIT_${role}_NAME`] = name.trim() === "" ? email : name;
    variables[`GIT_${role}_EMAIL`] = email;
    variables[`GIT_${role}_DATE`] = `@${time} ${zone}`;
  }
  return variables;
}
