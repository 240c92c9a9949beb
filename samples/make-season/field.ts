import type { Cells } from './cells.ts';
import { fraction, hash, mix } from './noise.ts';

/** One pass of a satellite over the season's ground: everything that both tiles must agree on. */
export interface Pass {
  seed: number;
  /** Number of the date and of the platform within it. */
  number: number;
  /** Reflectances are halved: a processing baseline that is to be dropped, easily seen where it is not. */
  stale: boolean;
}

const cloudShare = 1 / 16;
const cloudClass = 9;
const cloudBrightness = 3000;
/** Values are multiples of it, so that the files compress. */
const step = 32;

interface Copy {
  cloudy: boolean;
  gain: number;
}

function copiesOf(pass: Pass, band: number): (copy: number) => Copy {
  const known = new Map<number, Copy>();
  return (copy) => {
    const found = known.get(copy);
    if (found) return found;
    const made = {
      cloudy: fraction(pass.seed, pass.number, copy) < cloudShare,
      gain: 0.95 + 0.1 * fraction(pass.seed, copy, band),
    };
    known.set(copy, made);
    return made;
  };
}

/** Reflectance x 10,000 of one band over a tile: the demo's pixels, each copy with its own gain, and noise of +-32; 0 stays no data. */
export function reflectance(cells: Cells, demoPixels: Uint16Array, pass: Pass, band: number): Uint16Array {
  const out = new Uint16Array(cells.source.length);
  const salt = hash(pass.seed, pass.number, band);
  const copyOf = copiesOf(pass, band);
  for (let i = 0; i < out.length; i++) {
    const value = demoPixels[cells.source[i]];
    if (value === 0) continue;
    const { cloudy, gain } = copyOf(cells.copy[i]);
    const noise = (mix(cells.seed[i] ^ salt) % 3) - 1;
    const light = (value * gain + (cloudy ? cloudBrightness : 0)) / (pass.stale ? 2 : 1);
    out[i] = Math.min(65_504, Math.max(1, Math.round(light / step) + noise) * step);
  }
  return out;
}

/** Scene classification over a tile: the demo's classes, some copies all cloud. */
export function sceneClasses(cells: Cells, demoPixels: Uint16Array, pass: Pass): Uint8Array {
  const out = new Uint8Array(cells.source.length);
  const copyOf = copiesOf(pass, 0);
  for (let i = 0; i < out.length; i++) {
    const value = demoPixels[cells.source[i]];
    out[i] = value !== 0 && copyOf(cells.copy[i]).cloudy ? cloudClass : value;
  }
  return out;
}

/** Share of cloud and cloud shadow, percent with two decimals. */
export function cloudCover(classes: Uint8Array): number {
  const cloud = classes.reduce((sum, value) => sum + (value === 3 || (value >= 8 && value <= 10) ? 1 : 0), 0);
  return Math.round((cloud / classes.length) * 10_000) / 100;
}
