import { op, type Local, type SimdCode } from '#shared/wasm/simd-code.ts';
import type { Comparison } from '#shared/wasm/sorting-network.ts';
import { selectionNetwork } from './smoothing-network.ts';

/** Values after the comparisons of a network. */
export function compared(code: SimdCode, values: readonly Local[], comparisons: readonly Comparison[]): Local[] {
  const held = [...values];
  for (const [a, b] of comparisons) {
    const high = code.let(op('i32x4.max_s', held[a], held[b]));
    held[b] = code.let(op('i32x4.min_s', held[a], held[b]));
    held[a] = high;
  }
  return held;
}

/** Values of which some are certain to count, in any order, and those after them, in descending order. */
export interface Selected {
  certain: Local[];
  ranked: Local[];
}

/** Selects from two sorted lists; see `selectionNetwork`. */
export function selected(code: SimdCode, a: readonly Local[], b: readonly Local[], certain: number, kept: number) {
  const network = selectionNetwork(a.length, b.length, certain, kept);
  const held = [...a, ...b];
  for (const { high, low, wantsHigh, wantsLow } of network.exchanges) {
    const [left, right] = [held[high], held[low]];
    if (wantsHigh) held[high] = code.let(op('i32x4.max_s', left, right));
    if (wantsLow) held[low] = code.let(op('i32x4.min_s', left, right));
  }
  const at = (position: number) => held[position];
  return { certain: network.certain.map(at), ranked: network.ranked.map(at) } satisfies Selected;
}

/** The `count` highest of two sorted lists, in any order: max(a[i], b[count - 1 - i]). */
export function highest(code: SimdCode, a: readonly Local[], b: readonly Local[], count: number): Local[] {
  return Array.from({ length: count }, (_, i) => {
    const [left, right] = [a.at(i) ?? null, b.at(count - 1 - i) ?? null];
    return left && right ? code.let(op('i32x4.max_s', left, right)) : (left ?? right)!;
  });
}
