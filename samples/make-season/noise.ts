/** Mixes the bits of a 32-bit number so that neighbours share none (the finaliser of MurmurHash3, public domain). */
export function mix(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** One number from several: the same parts give the same number on every machine. */
export function hash(...parts: readonly number[]): number {
  return parts.reduce((state, part) => mix(Math.imul(state, 31) + part), 0x9e3779b9);
}

/** 0 <= x < 1 from several numbers. */
export const fraction = (...parts: readonly number[]): number => hash(...parts) / 2 ** 32;
