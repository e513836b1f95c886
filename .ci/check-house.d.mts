export interface Room {
  door?: readonly string[];
}
export interface Layer {
  why: string;
  rooms: Readonly<Record<string, Room>>;
}
export interface Placed {
  path: string;
  imports: readonly { to: string }[];
}
export type Figures = { readonly [name: string]: number | Figures };

export function roomFaults(files: readonly Placed[], layers?: readonly Layer[]): string[];
export function limitFaults(figures: Figures, limits: Figures): string[];
export function tightened(figures: Figures, limits: Figures): Figures;
