/** People as Git writes them: `Name <address>`. */

export interface Person {
  name: string;
  email: string;
}

/** What Git takes away from both ends of a name or address before it writes one. */
const CRUD = /^[\u0000-\u0020.,:;<>"\\']+|[\u0000-\u0020.,:;<>"\\']+$/g;

/** The parts of `Name <address>`; a text that is not of that form is all name. */
export function readPerson(text: string): Person {
  const match = /^(.*?) ?<([^<>]*)>$/s.exec(text);
  return match ? { name: match[1] as string, email: match[2] as string } : { name: text, email: "" };
}

/** Whether Git would write both in the same way; in place of an empty name it takes the address. */
export function isSamePerson(a: Person, b: Person): boolean {
  const plain = (text: string): string => text.replace(/[\n<>]/g, "").replace(CRUD, "");
  const named = ({ name, email }: Person): string => plain(name) || plain(email);
  return plain(a.email) === plain(b.email) && named(a) === named(b);
}
