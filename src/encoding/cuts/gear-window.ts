/** Bytes in which cuts are looked for: in the memory of WebAssembly where there is any, three times as fast. */
import { type Code, during, I32, i32, type Local, locals, type Loop, whenZero } from "../kernel/assembler.ts";
import { startOf } from "../kernel/program.ts";
import { cutBy, gearCut, gearTable, REACH } from "./gear.ts";

/** As many bytes as a window has. */
const WINDOW = 5 * 1024 * 1024;
/** Where they begin: behind the table. */
const BYTES = 4 * 256;
const PAGE = 64 * 1024;
/** Bytes that are looked at in one round. */
const ROUND = 8;
/** Windows that are kept for who comes next: to make one takes as long as to cut some of its bytes. */
const KEPT = 2;

export interface GearWindow {
  readonly bytes: Uint8Array;
  /** As `gearCut` of these bytes. */
  cut(start: number, end: number): number;
}

const free: GearWindow[] = [];

/** One for each who cuts at the same time; what stands in it is anything. */
export function takeWindow(): GearWindow {
  return free.pop() ?? fastWindow() ?? plainWindow();
}

/** Nobody looks at its bytes any more. */
export function giveBack(window: GearWindow): void {
  if (free.length < KEPT) free.push(window);
}

function plainWindow(): GearWindow {
  const bytes = new Uint8Array(WINDOW);
  return { bytes, cut: (start, end) => gearCut(bytes, start, end) };
}

const start = startOf({ scan: scan() }, { pages: Math.ceil((BYTES + WINDOW) / PAGE) });

/** Null where there is no WebAssembly. */
export function fastWindow(): GearWindow | null {
  const running = start();
  if (running === null) return null;
  const { loops, memory } = running;
  new Int32Array(memory, 0, 256).set(gearTable());
  return {
    bytes: new Uint8Array(memory, BYTES, WINDOW),
    cut: (from, end) => cutBy((...range) => loops.scan(...range), from, end),
  };
}

/** (from, to, mask): the loop of `gear.ts`. */
function scan(): Loop {
  const [from, to, mask, at, hash] = locals(5) as [Local, Local, Local, Local, Local];
  const pass = (place: number): Code => {
    const byte = i32.load8(at.get, BYTES + place);
    return hash.set(i32.add(i32.shl(hash.get, i32.of(1)), i32.load(i32.shl(byte, i32.of(2)))));
  };
  const look = (place: number): Code => [
    ...pass(place),
    ...whenZero(i32.and(hash.get, mask.get), i32.add(at.get, i32.of(place + 1))),
  ];
  const round = Array.from({ length: ROUND }, (_, place) => look(place));
  return {
    parameters: 3,
    locals: [I32, I32],
    body: [
      ...at.set(i32.sub(from.get, i32.of(REACH - 1))),
      ...during(i32.ltU(at.get, from.get), pass(0), at.add(1)),
      ...during(i32.ltU(i32.add(at.get, i32.of(ROUND - 1)), to.get), ...round, at.add(ROUND)),
      ...during(i32.ltU(at.get, to.get), look(0), at.add(1)),
    ],
    answer: i32.of(0),
  };
}
