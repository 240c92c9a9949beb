/**
 * Pixels that are chosen from planes, as runs of neighbours: what is done pixel by pixel is then done run by run.
 */
export class PixelRuns {
  readonly count: number;
  /** Of each run its first pixel, counted among the chosen ones, and where that lies in the planes. */
  readonly #pixels: readonly number[];
  readonly #places: readonly number[];

  constructor(count: number, pixels: readonly number[], places: readonly number[]) {
    this.count = count;
    this.#pixels = pixels;
    this.#places = places;
  }

  /** Calls with (pixel, place in the planes, length) for the runs of `count` pixels from `first` on. */
  each(first: number, count: number, use: (pixel: number, place: number, length: number) => void): void {
    if (count === 0) return;
    const end = first + count;
    for (let run = this.#runOf(first); run < this.#pixels.length && this.#pixels[run] < end; run++) {
      const from = Math.max(first, this.#pixels[run]);
      const to = Math.min(end, this.#pixels[run + 1] ?? this.count);
      use(from, this.#places[run] + from - this.#pixels[run], to - from);
    }
  }

  /** Where `count` pixels from `first` on lie if they are neighbours in the planes; null if they are not. */
  placeOf(first: number, count: number): number | null {
    const run = this.#runOf(first);
    const isWhole = first + count <= (this.#pixels[run + 1] ?? this.count);
    return isWhole ? this.#places[run] + first - this.#pixels[run] : null;
  }

  /** The run that holds a pixel, by bisection. */
  #runOf(pixel: number): number {
    let [low, high] = [0, this.#pixels.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.#pixels[middle] <= pixel) low = middle;
      else high = middle;
    }
    return low;
  }
}

/** @param positions ascending places in the planes */
export function runsOf(positions: Int32Array): PixelRuns {
  const [pixels, places]: [number[], number[]] = [[], []];
  for (let pixel = 0; pixel < positions.length; pixel++) {
    if (pixel > 0 && positions[pixel] === positions[pixel - 1] + 1) continue;
    pixels.push(pixel);
    places.push(positions[pixel]);
  }
  return new PixelRuns(positions.length, pixels, places);
}

/** All pixels of planes of so many. */
export const allPixels = (count: number): PixelRuns => new PixelRuns(count, [0], [0]);
