import type { Splits } from './bin-planes.ts';
import type { FunctionCode, Local } from '#shared/wasm/function-code.ts';
import type { LeafCodes } from './leaf-codes.ts';

/** A bit of the leaf codes of 128 pixels: the same for all, or a vector. */
type CodeBit = 0 | 1 | Local;

/** Vectors of a function, used again by its next tree. */
export class VectorPool {
  readonly #code: FunctionCode;
  readonly #all: Local[] = [];
  #used = 0;

  constructor(code: FunctionCode) {
    this.#code = code;
  }

  restart(): void {
    this.#used = 0;
  }

  /** Keeps the vector on the stack. */
  keep(): Local {
    if (this.#used === this.#all.length) this.#all.push(this.#code.local('v128'));
    const local = this.#all[this.#used++];
    this.#code.set(local);
    return local;
  }
}

/** Where the code of a tree finds what it reads and writes. */
export interface TreePlaces {
  /** Parameter that is added to the addresses of the test planes. */
  chunk: Local;
  /** Address of the test plane of a cut: a bit is set where the pixel is not below. */
  testAt(plane: number, cut: number): number;
  /** Address of 8 bit planes. */
  to: number;
  /** Bit b of the code is plane b + shift. */
  shift: number;
}

/**
 * Writes the leaf codes of 128 pixels as 8 bit planes. No branches: from the leaves up, each node's test (a bit plane)
 * selects between the code bits of its two children.
 */
export function emitTree(
  code: FunctionCode,
  pool: VectorPool,
  { splits, codes }: { splits: Splits; codes: LeafCodes },
  { chunk, testAt, to, shift }: TreePlaces,
): void {
  pool.restart();
  const tests = new Map<number, Local>();
  const test = (node: number): Local => {
    const address = testAt(splits.plane[node], splits.cut[node]);
    let held = tests.get(address);
    if (!held) {
      code.get(chunk).at('v128.load', address);
      held = pool.keep();
      tests.set(address, held);
    }
    return held;
  };
  const visit = (node: number): CodeBit[] => {
    const leaf = codes.codeOf[node];
    if (leaf !== -1) return Array.from({ length: codes.bits }, (_, bit) => ((leaf >> bit) & 1) as 0 | 1);
    const below = visit(splits.below[node]);
    const above = visit(splits.above[node]);
    const selector = test(node);
    return below.map((bit, i) => select(code, pool, bit, i === codes.bitOf[node] ? 1 : above[i], selector));
  };
  const bits = visit(0);
  for (let plane = 0; plane < 8; plane++) {
    code.i32(0);
    pushBit(code, bits[plane - shift] ?? 0).at('v128.store', to + 16 * plane);
  }
}

/** `above` where the selector's bit is set, else `below`, in as few operations as what is constant allows. */
function select(code: FunctionCode, pool: VectorPool, below: CodeBit, above: CodeBit, selector: Local): CodeBit {
  if (below === above) return below;
  if (below === 0) {
    if (above === 1) return selector;
    code
      .get(above as Local)
      .get(selector)
      .do('v128.and');
  } else if (above === 0) {
    pushBit(code, below).get(selector).do('v128.andnot');
  } else if (above === 1) {
    code
      .get(below as Local)
      .get(selector)
      .do('v128.or');
  } else {
    code.get(above);
    pushBit(code, below).get(selector).do('v128.bitselect');
  }
  return pool.keep();
}

const pushBit = (code: FunctionCode, bit: CodeBit): FunctionCode =>
  typeof bit === 'number' ? code.v128(bit ? 0xff : 0) : code.get(bit);
