import { BitReader } from './bit-reader.ts';
import type { InflateModule } from './inflate-module.ts';
import type { InflateJob, InflateResult } from './inflater.ts';
import { slotPlaces, sumsAt, type LanePlace } from './memory-layout.ts';
import { distanceRoom, fillDistances, fillLiterals, literalRoom } from './symbol-tables.ts';
import { outcomes } from './lane-code.ts';

/** Up to such a share the branch on a match is foreseen well enough. */
const fewMatches = 0.15;

const problems: Readonly<Record<number, string>> = {
  [outcomes.badCode]: 'it holds a code without a meaning',
  [outcomes.badDistance]: 'it refers to bytes before its beginning',
};

/** One of the streams that are decoded at a time: all but the loop over its symbols, which is `symbolsCode`. */
export class LaneDecoder {
  job: InflateJob | null = null;
  result: InflateResult | null = null;
  /** Whether few of the block's symbols are matches. */
  isMostlyLiterals = false;
  readonly #module: InflateModule;
  readonly #reader: BitReader;
  /** Position in the input in bits; position in the output, its end and its start in bytes. */
  readonly #state: Int32Array;
  readonly #literals: Int32Array;
  readonly #distances: Int32Array;
  readonly #sums: Uint32Array;
  #isLast = false;

  constructor(module: InflateModule, place: LanePlace) {
    this.#module = module;
    this.#reader = new BitReader(new Uint8Array(module.memory));
    this.#state = new Int32Array(module.memory, place.state, 4);
    this.#literals = new Int32Array(module.memory, place.literalTable, literalRoom);
    this.#distances = new Int32Array(module.memory, place.distanceTable, 2 * distanceRoom);
    this.#sums = new Uint32Array(module.memory, sumsAt, 2);
  }

  start(job: InflateJob): void {
    const { input, output } = slotPlaces[job.slot];
    this.job = job;
    this.#isLast = false;
    this.#reader.position = 8 * input;
    this.#reader.end = input + job.length;
    // A stream that should end is decoded on, so that a byte too many is noticed.
    const limit = job.wanted < job.maxLength ? job.wanted : job.maxLength + 1;
    this.#state.set([0, output, output + limit, output]);
    this.#guard(job, () => {
      this.#takeHeader();
      this.#nextBlock(job);
    });
  }

  /** Goes on after the loop over symbols has stopped. */
  goOn(outcome: number): void {
    const { job } = this;
    if (!job) throw new Error('there is no stream to decode');
    this.#guard(job, () => {
      this.#reader.position = this.#state[0] >>> 0;
      this.#reader.check();
      if (outcome in problems) throw new Error(problems[outcome]);
      if (outcome === outcomes.outputFull) this.#finish(job);
      else this.#nextBlock(job);
    });
  }

  takeResult(): InflateResult {
    const { result } = this;
    if (!result) throw new Error('the stream has not come to its end');
    this.job = this.result = null;
    return result;
  }

  #guard({ slot }: InflateJob, decode: () => void): void {
    try {
      decode();
    } catch (error) {
      this.result = { slot, length: 0, failure: error instanceof Error ? error.message : String(error) };
    }
  }

  #takeHeader(): void {
    const [method, flags] = [this.#reader.take(8), this.#reader.take(8)];
    const isZlib = (method & 15) === 8 && method >> 4 <= 7 && (256 * method + flags) % 31 === 0;
    if (!isZlib || (flags & 32) !== 0) throw new Error('it is no zlib stream');
  }

  /** Reads on to the symbols of a block, or to the end of what is wanted. */
  #nextBlock(job: InflateJob): void {
    while (!this.#isLast && this.#state[1] < this.#state[2]) {
      this.#isLast = this.#reader.take(1) === 1;
      const kind = this.#reader.take(2);
      if (kind === 3) throw new Error('it holds a block of an unknown kind');
      if (kind > 0) return this.#prepareSymbols(kind);
      this.#copyStored();
    }
    this.#finish(job);
  }

  #prepareSymbols(kind: number): void {
    const { literals, distances } = this.#reader.takeLengths(kind);
    fillLiterals(this.#literals, literals);
    fillDistances(this.#distances, distances);
    this.isMostlyLiterals = shareOfMatches(literals) < fewMatches;
    this.#state[0] = this.#reader.position;
  }

  #copyStored(): void {
    const { from, length } = this.#reader.takeStored();
    const used = Math.min(length, this.#state[2] - this.#state[1]);
    this.#reader.bytes.copyWithin(this.#state[1], from, from + used);
    this.#state[1] += used;
  }

  #finish(job: InflateJob): void {
    const { slot, maxLength, wanted, differences } = job;
    const start = this.#state[3];
    let length = this.#state[1] - start;
    if (wanted < maxLength) length = Math.min(length, wanted);
    else if (length > maxLength) throw new Error(`it holds more than ${maxLength} bytes`);
    else this.#checkSum(start, length);
    const rows = differences ? Math.floor(length / differences.rowBytes) : 0;
    if (differences && rows > 0)
      this.#module.exports[differences.sampleBytes === 1 ? 'sums8' : 'sums16'](start, rows, differences.rowBytes);
    this.result = { slot, length, failure: null };
  }

  #checkSum(start: number, length: number): void {
    this.#module.exports.adler(start, length);
    const [first, second] = this.#sums;
    if (this.#reader.takeChecksum() !== 65_536 * second + first) throw new Error('its checksum is wrong');
  }
}

/** About how many of a block's symbols are matches: a code of n bits stands for a symbol that comes each 2^n times. */
function shareOfMatches(lengths: Uint8Array): number {
  let share = 0;
  for (let symbol = 257; symbol < lengths.length; symbol++) if (lengths[symbol] > 0) share += 2 ** -lengths[symbol];
  return share;
}
