import type { BranchingCode, Label, Local } from './branching-code.ts';
import { copyMatch } from './match-code.ts';
import type { LanePlace } from './memory-layout.ts';
import { distanceBits, kinds, literalBits } from './symbol-tables.ts';

/** How the decoding of a block's symbols ended; the lane stands in the bits from `laneShift` on. */
export const outcomes = { endOfBlock: 0, outputFull: 1, badCode: 2, badDistance: 3 } as const;
export const laneShift = 8;

/** The window has 55 bits of the stream or more. */
const lookUpsOfWindow = Math.floor(55 / literalBits);
const literalMask = 4 * (2 ** literalBits - 1);
const distanceMask = 8 * (2 ** distanceBits - 1);

/** What all lanes use, each for itself, between two symbols. */
export interface Scratch {
  entry: Local;
  length: Local;
  distance: Local;
  source: Local;
  end: Local;
  outcome: Local;
  /** The stream from its next code on, and below it two bits that do not count: the place of an entry of four bytes. */
  window: Local;
  /** An entry of the distances. */
  found: Local;
}

/** The code that decodes the symbols of one lane; its methods append to it. */
export class LaneCode {
  readonly #code: BranchingCode;
  readonly #use: Scratch;
  readonly #place: LanePlace;
  /** Bits before the next code, less two. */
  readonly #position: Local;
  readonly #out: Local;
  readonly #limit: Local;
  readonly #start: Local;

  constructor(code: BranchingCode, scratch: Scratch, place: LanePlace) {
    this.#code = code;
    this.#use = scratch;
    this.#place = place;
    [this.#position, this.#out, this.#limit, this.#start] = Array.from({ length: 4 }, () => code.local('i32'));
  }

  restore(): void {
    const state = () => this.#code.i32(this.#place.state);
    state().at('i32.load').i32(2).do('i32.sub').set(this.#position);
    state().at('i32.load', 4).set(this.#out);
    state().at('i32.load', 8).set(this.#limit);
    state().at('i32.load', 12).set(this.#start);
  }

  save(): void {
    this.#code.i32(this.#place.state).get(this.#position).i32(2).do('i32.add').at('i32.store');
    this.#code.i32(this.#place.state).get(this.#out).at('i32.store', 4);
  }

  symbols(exit: Label, literalRuns: boolean): void {
    const { entry } = this.#use;
    this.#code.get(this.#out).get(this.#limit).do('i32.ge_u');
    this.#finish(exit, outcomes.outputFull);
    this.#fillWindow();
    this.#lookUpLiteral();
    this.#code.block((done) => {
      if (literalRuns) this.#literalRun(done);
      this.#code.get(entry).i32(0).do('i32.lt_s');
      this.#code.if(() => this.#rareSymbol(exit, done));
      this.#putLiterals();
      this.#lookUpDistance();
      if (!literalRuns) this.#forgetIfNoLength();
      this.#takeDistance(exit);
      this.#copy(exit, false);
    });
  }

  /** Leaves literals behind, as far as the window reaches; where it has only begun it is enough for a match. */
  #literalRun(done: Label): void {
    // What is rare is negative, and a length begins at bit 24.
    const isLiteral = () =>
      this.#code
        .get(this.#use.entry)
        .i32(2 ** 24)
        .do('i32.lt_u');
    isLiteral();
    this.#code.if(() => {
      for (let lookUp = 0; lookUp < lookUpsOfWindow; lookUp++) {
        if (lookUp > 0) isLiteral().do('i32.eqz').jumpIf(done);
        this.#putLiterals();
        if (lookUp + 1 < lookUpsOfWindow) this.#lookUpLiteral();
      }
      this.#code.jump(done);
    });
  }

  #forgetIfNoLength(): void {
    const { found, length } = this.#use;
    this.#code.get(found).i64(0).get(length).do('select').set(found);
  }

  #finish(exit: Label, how: number): void {
    this.#code.if(() => {
      this.#code.i32(how | (this.#place.index << laneShift)).set(this.#use.outcome);
      this.#code.jump(exit);
    });
  }

  #fillWindow(): void {
    this.#code.get(this.#position).i32(3).do('i32.shr_u').at('i64.load');
    this.#code.get(this.#position).i32(7).do('i32.and', 'i64.extend_i32_u', 'i64.shr_u').set(this.#use.window);
  }

  #lookUpLiteral(): void {
    const { window, entry } = this.#use;
    this.#code.get(window).do('i32.wrap_i64').i32(literalMask).do('i32.and');
    this.#code.at('i32.load', this.#place.literalTable).set(entry);
  }

  #consume(): void {
    const { window, entry } = this.#use;
    this.#code.get(window).get(entry).do('i64.extend_i32_u', 'i64.shr_u').set(window);
    this.#code.get(this.#position).get(entry).i32(0x3f).do('i32.and', 'i32.add').set(this.#position);
  }

  #putLiterals(): void {
    const { entry, length } = this.#use;
    this.#consume();
    this.#code.get(this.#out).get(entry).i32(8).do('i32.shr_u').at('i32.store16');
    this.#code.get(this.#out).get(entry).i32(6).do('i32.shr_u').i32(3).do('i32.and', 'i32.add').set(this.#out);
    this.#code.get(entry).i32(24).do('i32.shr_u').set(length);
  }

  #lookUpDistance(): void {
    this.#code.get(this.#use.window).do('i32.wrap_i64').i32(1).do('i32.shl').i32(distanceMask).do('i32.and');
    this.#code.at('i64.load', this.#place.distanceTable).set(this.#use.found);
  }

  #baseOfDistance = () => this.#code.get(this.#use.found).do('i32.wrap_i64').i32(16).do('i32.shr_u');

  /** The bits behind a distance's code, masked as its entry says. */
  #extraOfDistance(): void {
    const { window, found } = this.#use;
    this.#code.get(window).get(found).i64(6).do('i64.shr_u', 'i64.shr_u');
    this.#code.get(found).i64(48).do('i64.shr_u', 'i64.and', 'i32.wrap_i64');
  }

  #takeDistance(exit: Label): void {
    const { found, distance } = this.#use;
    this.#code.get(found).i64(0).do('i64.lt_s');
    this.#code.if(() => this.#longerDistance(exit));
    this.#code.get(this.#position).get(found).do('i32.wrap_i64').i32(0x3f).do('i32.and', 'i32.add');
    this.#code.set(this.#position);
    this.#baseOfDistance();
    this.#extraOfDistance();
    this.#code.do('i32.add').set(distance);
  }

  #longerDistance(exit: Label): void {
    const { found } = this.#use;
    this.#code.get(found).do('i32.wrap_i64').i32(0xf000).do('i32.and', 'i32.eqz');
    this.#finish(exit, outcomes.badCode);
    this.#baseOfDistance();
    this.#extraOfDistance();
    this.#code.i32(0x7fff).do('i32.and', 'i32.add').i32(3).do('i32.shl');
    this.#code.at('i64.load', this.#place.distanceTable).set(found);
    this.#code.get(found).i64(0).do('i64.lt_s');
    this.#finish(exit, outcomes.badCode);
  }

  #copy(exit: Label, mayBeLong: boolean): void {
    const { distance, source, length, end } = this.#use;
    this.#code.get(this.#out).get(distance).do('i32.sub').tee(source).get(this.#start).do('i32.lt_u');
    this.#finish(exit, outcomes.badDistance);
    this.#code.get(this.#out).get(length).do('i32.add').set(end);
    copyMatch(this.#code, { out: this.#out, distance, source, end, scratch: length }, mayBeLong);
  }

  #isKind(kind: number): void {
    this.#code.get(this.#use.entry).i32(0x300).do('i32.and');
    this.#code.i32(kind << 8).do('i32.eq');
  }

  #extraBits = () => this.#code.get(this.#use.entry).i32(10).do('i32.shr_u').i32(15).do('i32.and');

  /** The base of a rare entry and the bits behind its code. */
  #baseAndExtra(): void {
    const { entry, window } = this.#use;
    this.#code.get(entry).i32(16).do('i32.shr_u').i32(0x7fff).do('i32.and');
    this.#code.get(window).i64(2).do('i64.shr_u', 'i32.wrap_i64').i32(1);
    this.#extraBits().do('i32.shl').i32(1).do('i32.sub', 'i32.and', 'i32.add');
  }

  #rareSymbol(exit: Label, done: Label): void {
    const { entry, length } = this.#use;
    this.#isKind(kinds.longer);
    this.#code.if(() => this.#longerSymbol());
    this.#code.get(entry).i32(0).do('i32.lt_s');
    this.#code.if(() => this.#longLength(exit, done));
    this.#putLiterals();
    this.#code.get(length).do('i32.eqz').jumpIf(done);
    this.#match(exit, done);
  }

  #longerSymbol(): void {
    this.#consume();
    this.#baseAndExtra();
    this.#code.i32(2).do('i32.shl').at('i32.load', this.#place.literalTable).set(this.#use.entry);
  }

  #longLength(exit: Label, done: Label): void {
    const { window, length } = this.#use;
    this.#isKind(kinds.bad);
    this.#finish(exit, outcomes.badCode);
    this.#consume();
    this.#isKind(kinds.end);
    this.#finish(exit, outcomes.endOfBlock);
    this.#baseAndExtra();
    this.#code.set(length).get(window);
    this.#extraBits().do('i64.extend_i32_u', 'i64.shr_u').set(window).get(this.#position);
    this.#extraBits().do('i32.add').set(this.#position);
    this.#match(exit, done);
  }

  #match(exit: Label, done: Label): void {
    this.#lookUpDistance();
    this.#takeDistance(exit);
    this.#copy(exit, true);
    this.#code.jump(done);
  }
}
