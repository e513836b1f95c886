/**
 * Python's pickle, as data: what it would call is written down by name and called by nobody. Understands what
 * `torch.save` writes, and throws for the rest.
 */
import { textOf, u64At, unreadable, viewOf } from "./access.ts";

/** A name of Python's, such as a class. */
export class PickledName {
  readonly name: string;

  constructor(module: string, name: string) {
    this.name = `${module}.${name}`;
  }
}

/** What is to be made by a call, and what it is given afterwards. */
export class PickledCall {
  readonly callee: Pickled;
  readonly args: Pickled;
  state: Pickled = null;

  constructor(callee: Pickled, args: Pickled) {
    this.callee = callee;
    this.args = args;
  }
}

/** What stands outside of the pickle, by its id. */
export class PickledOutside {
  readonly id: Pickled;

  constructor(id: Pickled) {
    this.id = id;
  }
}

/** A mapping; its keys may be of any kind. Also what a call made, where entries are set on that. */
export class PickledDict {
  readonly entries: [Pickled, Pickled][] = [];
}

export type Pickled =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | Pickled[]
  | PickledName
  | PickledCall
  | PickledOutside
  | PickledDict;

const MARK = Symbol("mark");
const [MOST_STEPS, MOST_MEMO] = [20_000_000, 4_000_000];

/** Throws for what it does not understand. Never calls anything. */
export function readPickle(bytes: Uint8Array): Pickled {
  const machine = new Machine(bytes);
  for (let steps = 0; ; steps++) {
    if (steps > MOST_STEPS) unreadable("its list of tensors is longer than any real one");
    if (machine.step()) return machine.top();
  }
}

/** The stack, the memo, and what each sign does to them. */
class Machine {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;
  #stack: (Pickled | typeof MARK)[] = [];
  readonly #memo = new Map<number, Pickled>();

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = viewOf(bytes);
  }

  /** True at the end. */
  step(): boolean {
    const sign = String.fromCharCode(this.#take(1)[0] as number);
    if (sign === ".") return true;
    const act = ACTS.get(sign);
    if (act === undefined) unreadable("its list of tensors has a part that is not understood");
    act(this);
    return false;
  }

  top(): Pickled {
    const top = this.#stack.at(-1);
    return top === undefined || top === MARK ? unreadable("its list of tensors makes no sense") : top;
  }

  pop(): Pickled {
    const top = this.top();
    this.#stack.pop();
    return top;
  }

  push(value: Pickled | typeof MARK): void {
    if (this.#stack.push(value) > MOST_MEMO) unreadable("its list of tensors is longer than any real one");
  }

  /** What stands above the last mark. */
  popMark(): Pickled[] {
    const at = this.#stack.lastIndexOf(MARK);
    if (at < 0) unreadable("its list of tensors makes no sense");
    return this.#stack.splice(at).slice(1) as Pickled[];
  }

  dropMarkOrTop(): void {
    if (this.#stack.pop() === undefined) unreadable("its list of tensors makes no sense");
  }

  remember(key: number): void {
    if (this.#memo.size > MOST_MEMO) unreadable("its list of tensors is longer than any real one");
    this.#memo.set(key, this.top());
  }

  memoize(): void {
    this.remember(this.#memo.size);
  }

  recall(key: number): void {
    const value = this.#memo.get(key);
    this.push(value === undefined ? unreadable("its list of tensors makes no sense") : value);
  }

  #take(length: number): Uint8Array {
    if (length > this.#bytes.length - this.#at) unreadable("its list of tensors is cut short");
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  number(width: 1 | 2 | 4 | 8): number {
    const at = this.#at;
    this.#take(width);
    if (width === 1) return this.#view.getUint8(at);
    if (width === 2) return this.#view.getUint16(at, true);
    return width === 4 ? this.#view.getUint32(at, true) : u64At(this.#view, at);
  }

  int(): number {
    this.#take(4);
    return this.#view.getInt32(this.#at - 4, true);
  }

  float(): number {
    this.#take(8);
    return this.#view.getFloat64(this.#at - 8);
  }

  line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#at);
    if (end < 0) unreadable("its list of tensors is cut short");
    const text = textOf(this.#take(end - this.#at));
    this.#take(1);
    return text;
  }

  bytes(width: 1 | 4 | 8): Uint8Array {
    return this.#take(this.number(width));
  }

  text(width: 1 | 4 | 8): string {
    return textOf(this.bytes(width));
  }

  /** A whole number of any length; above what JavaScript counts only nearly. */
  long(width: 1 | 4): number {
    const bytes = this.bytes(width);
    if (bytes.length > 64) unreadable("a number in its list of tensors is larger than any real one");
    const value = bytes.reduceRight((sum, byte) => sum * 256 + byte, 0);
    return (bytes.at(-1) ?? 0) >= 0x80 ? value - 256 ** bytes.length : value;
  }
}

function append(into: Pickled, values: readonly Pickled[]): void {
  if (!Array.isArray(into)) unreadable("its list of tensors makes no sense");
  for (const value of values) into.push(value);
}

/** Of dictionaries of some kind, what made them is of no matter. */
function set(machine: Machine, pairs: readonly Pickled[]): void {
  const into = machine.top();
  const dict = into instanceof PickledCall ? (into.state ??= new PickledDict()) : into;
  if (!(dict instanceof PickledDict) || pairs.length % 2 !== 0) unreadable("its list of tensors makes no sense");
  for (let at = 0; at < pairs.length; at += 2) dict.entries.push([pairs[at] as Pickled, pairs[at + 1] as Pickled]);
}

function global(machine: Machine): void {
  const [name, module] = [machine.pop(), machine.pop()];
  machine.push(
    typeof name === "string" && typeof module === "string"
      ? new PickledName(module, name)
      : unreadable("its list of tensors makes no sense"),
  );
}

function call(machine: Machine): void {
  const args = machine.pop();
  machine.push(new PickledCall(machine.pop(), args));
}

function build(machine: Machine): void {
  const state = machine.pop();
  const made = machine.top();
  // An OrderedDict has its entries already; attributes of its class come besides.
  if (made instanceof PickledCall) made.state = made.state === null ? state : [made.state, state];
}

function tuple(count: number): (machine: Machine) => void {
  return (machine) => machine.push(Array.from({ length: count }, () => machine.pop()).toReversed());
}

const ACTS: ReadonlyMap<string, (machine: Machine) => void> = new Map(
  Object.entries({
    "\x80": (machine: Machine) => void machine.number(1),
    "\x95": (machine: Machine) => void machine.number(8),
    "(": (machine: Machine) => machine.push(MARK),
    "0": (machine: Machine) => machine.dropMarkOrTop(),
    "1": (machine: Machine) => void machine.popMark(),
    "2": (machine: Machine) => machine.push(machine.top()),
    N: (machine: Machine) => machine.push(null),
    "\x88": (machine: Machine) => machine.push(true),
    "\x89": (machine: Machine) => machine.push(false),
    K: (machine: Machine) => machine.push(machine.number(1)),
    M: (machine: Machine) => machine.push(machine.number(2)),
    J: (machine: Machine) => machine.push(machine.int()),
    "\x8a": (machine: Machine) => machine.push(machine.long(1)),
    "\x8b": (machine: Machine) => machine.push(machine.long(4)),
    G: (machine: Machine) => machine.push(machine.float()),
    X: (machine: Machine) => machine.push(machine.text(4)),
    "\x8c": (machine: Machine) => machine.push(machine.text(1)),
    "\x8d": (machine: Machine) => machine.push(machine.text(8)),
    U: (machine: Machine) => machine.push(machine.bytes(1)),
    T: (machine: Machine) => machine.push(machine.bytes(4)),
    C: (machine: Machine) => machine.push(machine.bytes(1)),
    B: (machine: Machine) => machine.push(machine.bytes(4)),
    "\x8e": (machine: Machine) => machine.push(machine.bytes(8)),
    "\x96": (machine: Machine) => machine.push(machine.bytes(8)),
    ")": (machine: Machine) => machine.push([]),
    "]": (machine: Machine) => machine.push([]),
    "}": (machine: Machine) => machine.push(new PickledDict()),
    "\x8f": (machine: Machine) => machine.push([]),
    t: (machine: Machine) => machine.push(machine.popMark()),
    l: (machine: Machine) => machine.push(machine.popMark()),
    "\x91": (machine: Machine) => machine.push(machine.popMark()),
    "\x85": tuple(1),
    "\x86": tuple(2),
    "\x87": tuple(3),
    a: (machine: Machine) => {
      const value = machine.pop();
      append(machine.top(), [value]);
    },
    e: (machine: Machine) => {
      const values = machine.popMark();
      append(machine.top(), values);
    },
    "\x90": (machine: Machine) => {
      const values = machine.popMark();
      append(machine.top(), values);
    },
    d: (machine: Machine) => {
      const pairs = machine.popMark();
      machine.push(new PickledDict());
      set(machine, pairs);
    },
    s: (machine: Machine) => {
      const value = machine.pop();
      set(machine, [machine.pop(), value]);
    },
    u: (machine: Machine) => set(machine, machine.popMark()),
    q: (machine: Machine) => machine.remember(machine.number(1)),
    r: (machine: Machine) => machine.remember(machine.number(4)),
    "\x94": (machine: Machine) => machine.memoize(),
    h: (machine: Machine) => machine.recall(machine.number(1)),
    j: (machine: Machine) => machine.recall(machine.number(4)),
    c: (machine: Machine) => {
      const module = machine.line();
      machine.push(new PickledName(module, machine.line()));
    },
    "\x93": global,
    R: call,
    "\x81": call,
    "\x92": (machine: Machine) => {
      machine.pop();
      call(machine);
    },
    b: build,
    Q: (machine: Machine) => machine.push(new PickledOutside(machine.pop())),
  }),
);
