import { inflateModule, type InflateModule } from './inflate-module.ts';
import { LaneDecoder } from './lane-decoder.ts';
import { laneCount, lanePlaces, outcomeAt } from './memory-layout.ts';
import { laneShift } from './lane-code.ts';

/** What is to be decoded: a zlib stream (RFC 1950 and 1951) that lies in a slot of the memory. */
export interface InflateJob {
  slot: number;
  /** Bytes of the stream. */
  length: number;
  /** More bytes than so are an error. */
  maxLength: number;
  /**
   * Bytes that are wanted from the start. If they are fewer than `maxLength`, what lies behind them is not looked at,
   * nor is the checksum.
   */
  wanted: number;
  /** Rows whose horizontal differences are to be undone, or null. */
  differences: Differences | null;
}

/** What is to be decoded of a stream, wherever it lies. */
export type InflateOrder = Omit<InflateJob, 'slot' | 'length'>;

export interface Differences {
  /** Bytes of a row, a multiple of 16. */
  rowBytes: number;
  sampleBytes: 1 | 2;
}

/** How a job ended: bytes that lie in the slot's output, or what was wrong with the stream. */
export interface InflateResult {
  slot: number;
  length: number;
  failure: string | null;
}

/** For the first lane, the second, and both. */
const decoders = {
  matches: ['matches0', 'matches1', 'bothMatches'],
  literals: ['literals0', 'literals1', 'bothLiterals'],
} as const;

/**
 * Decodes zlib streams in a WebAssembly memory that it keeps, two at a time: one thread decodes two streams in turn
 * nearly as fast as one. Who fills the slots and reads them must leave them alone between `start` and the result.
 */
export class Inflater {
  readonly #module: InflateModule;
  readonly #lanes: LaneDecoder[];
  readonly #outcome: Int32Array;

  constructor() {
    this.#module = inflateModule();
    this.#lanes = Array.from({ length: laneCount }, (_, i) => new LaneDecoder(this.#module, lanePlaces[i]));
    this.#outcome = new Int32Array(this.#module.memory, outcomeAt, 1);
  }

  get memory(): SharedArrayBuffer {
    return this.#module.memory;
  }

  /** Whether `start` can take another stream. */
  get hasRoom(): boolean {
    return this.#lanes.some((lane) => lane.job === null);
  }

  get isIdle(): boolean {
    return this.#lanes.every((lane) => lane.job === null);
  }

  start(job: InflateJob): void {
    const lane = this.#lanes.find((each) => each.job === null);
    if (!lane) throw new Error('the decoder is full');
    lane.start(job);
  }

  /** Decodes up to the end of a deflate block of one of the streams. Null while none of them has come to its end. */
  step(): InflateResult | null {
    const done = this.#lanes.find((lane) => lane.result !== null);
    if (done) return done.takeResult();
    const active = this.#lanes.flatMap((lane, i) => (lane.job === null ? [] : i));
    if (active.length === 0) return null;
    const kind = active.every((i) => this.#lanes[i].isMostlyLiterals) ? 'literals' : 'matches';
    this.#module.exports[decoders[kind][active.length === 1 ? active[0] : 2]]();
    const outcome = this.#outcome[0];
    const lane = this.#lanes[outcome >> laneShift];
    lane.goOn(outcome & ((1 << laneShift) - 1));
    return lane.result === null ? null : lane.takeResult();
  }
}
