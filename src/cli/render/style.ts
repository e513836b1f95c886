/** Colours by meaning, so that a table of colours stands in one place. */
import { styleText } from "node:util";

/** How texts are painted, and how much room they have. */
export interface Style {
  /** Columns of the terminal, 80 where there is none. */
  width: number;
  verbose: boolean;
  /** No colours, and no letters beyond ASCII where there is a choice. */
  plain: boolean;
  good(text: string): string;
  bad(text: string): string;
  warning(text: string): string;
  strong(text: string): string;
  faint(text: string): string;
  /** In a colour that tells it from its neighbours in a picture. */
  nth(text: string, nth: number): string;
}

/** Told from each other on dark and light, in this order. */
const NEIGHBOURS = ["green", "magenta", "cyan", "yellow", "blue", "red"] as const;

/** Colours are used when asked for, or by default on a terminal that can and whose user did not forbid it. */
export function wantsColor(
  when: "auto" | "always" | "never",
  isTerminal: boolean,
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  if (when !== "auto") return when === "always";
  return isTerminal && !env["NO_COLOR"] && env["TERM"] !== "dumb";
}

/** A style with or without colours. */
export function makeStyle(options: { color: boolean; width?: number | undefined; verbose?: boolean }): Style {
  const paint = (format: Parameters<typeof styleText>[0]) => (text: string) =>
    options.color && text !== "" ? styleText(format, text, { validateStream: false }) : text;
  return {
    width: options.width ?? 80,
    verbose: options.verbose ?? false,
    plain: !options.color,
    good: paint("green"),
    bad: paint("red"),
    warning: paint("yellow"),
    strong: paint("bold"),
    faint: paint("dim"),
    nth: (text, nth) => paint(NEIGHBOURS[nth % NEIGHBOURS.length] ?? "green")(text),
  };
}
