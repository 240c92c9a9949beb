import { createHash } from 'node:crypto';

export const foldCount = 5;

/** Name of the cell of a position: its row and column in a grid of `degrees`, as `168,-331`. */
export function cellName(lat: number, lon: number, degrees: number): string {
  return `${Math.floor(lat / degrees)},${Math.floor(lon / degrees)}`;
}

/** Fold 0..4 of a cell: the first byte of the SHA-256 of its name, modulo 5. Anyone can repeat it. */
export function foldOf(cell: string): number {
  return createHash('sha256').update(cell).digest()[0] % foldCount;
}
