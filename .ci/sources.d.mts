import type { Comment, Program } from "oxc-parser";

export interface ParsedFile {
  path: string;
  text: string;
  program: Program;
  comments: readonly Comment[];
}
export interface Import {
  /** From the root of the project. */
  to: string;
  isLazy: boolean;
  isType: boolean;
}

export const UNSEEN: string;
export function filesBelow(folders: readonly string[], endings?: readonly string[]): string[];
export function parseFile(path: string): ParsedFile;
export function parseText(path: string, text: string): ParsedFile;
export function visit(program: Program, types: readonly string[], see: (node: never) => void): void;
export function importsOf(file: ParsedFile): Import[];
