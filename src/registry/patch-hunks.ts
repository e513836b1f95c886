/** The output of `git diff -p` as data, file by file. */

export interface Hunk {
  /** The first line of each side, counted from 1, and how many. */
  a: { start: number; lines: number };
  b: { start: number; lines: number };
  /** What Git says the lines are inside of, such as a function; "" for nothing. */
  heading: string;
  lines: HunkLine[];
}

interface HunkLine {
  kind: " " | "+" | "-";
  text: string;
  /** It has no line feed behind it. */
  isOpen?: true;
  /** Its end is not shown. */
  isCut?: true;
}

interface FileHunks {
  /** Null where all before have as many lines as are shown. */
  hunks: Hunk[] | null;
  isBinary: boolean;
  added: number;
  removed: number;
}

const LONGEST = 2000;
const HEAD = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@ ?(.*)$/s;

/** `most`: lines in all, of files as a whole. Paths are not read: they are quoted in many ways. */
export function readHunks(text: string, most: number): FileHunks[] {
  const reader = new HunkReader(most);
  for (const line of text.split("\n")) reader.line(line);
  return reader.files;
}

/** What a line is depends on how many lines its hunk is still to have. */
class HunkReader {
  readonly files: FileHunks[] = [];
  #left: number;
  #hunk: Hunk | null = null;
  #due = { a: 0, b: 0 };

  constructor(most: number) {
    this.#left = most;
  }

  line(line: string): void {
    const file = this.files.at(-1);
    const kind = line[0];
    const isDue = this.#due.a > 0 || this.#due.b > 0;
    if (isDue && file !== undefined && (kind === " " || kind === "+" || kind === "-")) this.#content(file, kind, line);
    else if (kind === "\\") this.#openEnd();
    else if (line.startsWith("diff --git ")) this.files.push({ hunks: [], isBinary: false, added: 0, removed: 0 });
    else if (file !== undefined) this.#head(file, line);
  }

  #content(file: FileHunks, kind: HunkLine["kind"], line: string): void {
    if (kind !== "+") this.#due.a--;
    if (kind !== "-") this.#due.b--;
    if (kind === "+") file.added++;
    if (kind === "-") file.removed++;
    if (this.#left-- > 0) this.#hunk?.lines.push(lineOf(kind, line.slice(1)));
    else file.hunks = null;
  }

  #openEnd(): void {
    const last = this.#hunk?.lines.at(-1);
    if (last !== undefined) last.isOpen = true;
  }

  #head(file: FileHunks, line: string): void {
    if (/^Binary files .* differ$/s.test(line)) file.isBinary = true;
    const [, a = "", aLines = "1", b = "", bLines = "1", heading = ""] = HEAD.exec(line) ?? [];
    if (a === "") return;
    this.#due = { a: Number(aLines), b: Number(bLines) };
    this.#hunk = {
      a: { start: Number(a), lines: this.#due.a },
      b: { start: Number(b), lines: this.#due.b },
      heading,
      lines: [],
    };
    file.hunks?.push(this.#hunk);
  }
}

function lineOf(kind: HunkLine["kind"], text: string): HunkLine {
  return text.length > LONGEST ? { kind, text: text.slice(0, LONGEST), isCut: true } : { kind, text };
}
