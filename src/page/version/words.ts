/** Values of a version as people read them. */
import { display } from "../../base/paths.ts";
import type { Value } from "../../values/document.ts";
import { readPerson } from "../../values/person.ts";

/** The name of `Name <address>`. */
export function nameOf(author: string): string {
  return display(readPerson(author).name || author);
}

/** A setting or a value of an environment, in one line. */
export function shownValue(value: Value): string {
  if (typeof value === "string") return display(value);
  return value !== null && typeof value === "object" ? display(JSON.stringify(value)) : String(value);
}
