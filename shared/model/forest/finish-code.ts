import { expConstants } from './exp-float32.ts';
import { answersOf, type Forest, type Spread } from './forest.ts';
import { FunctionCode, type Local } from '#shared/wasm/function-code.ts';
import { lowestFloat32, nearZero } from './walk-forest.ts';

/** Where scores and answers lie; scores of a row and of neighbouring rows are these bytes apart. */
export interface FinishPlan {
  scores: number;
  scoreBytes: number;
  rowBytes: number;
  /** [score], float32; read where the forest has base values. */
  baseValues: number;
  /** {@link expTable} */
  expTable: number;
  /** [row][answer], float32. */
  answers: number;
}

/** Makes answers of the sums of leaves as `walkForest` does. The function takes the number of rows. */
export function finishCode(forest: Forest, plan: FinishPlan): FunctionCode {
  const code = new FunctionCode(['i32']);
  const row = code.local('i32');
  const writer = new Finish(code, forest, plan, row);
  code.count(row, code.parameter(0), 1, () => writer.writeRow());
  return code;
}

class Finish {
  readonly #code: FunctionCode;
  readonly #forest: Forest;
  readonly #plan: FinishPlan;
  readonly #row: Local;
  readonly #source: Local;
  readonly #target: Local;
  readonly #offset: Local;
  readonly #score: Local;
  readonly #highest: Local;
  readonly #sum: Local;
  readonly #wide: Local;
  readonly #rest: Local;

  constructor(code: FunctionCode, forest: Forest, plan: FinishPlan, row: Local) {
    this.#code = code;
    this.#forest = forest;
    this.#plan = plan;
    this.#row = row;
    [this.#source, this.#target, this.#offset] = [code.local('i32'), code.local('i32'), code.local('i32')];
    [this.#score, this.#highest, this.#sum] = [code.local('f32'), code.local('f32'), code.local('f32')];
    [this.#wide, this.#rest] = [code.local('f64'), code.local('f64')];
  }

  writeRow(): void {
    const { transform, spread } = this.#forest;
    const answerBytes = 4 * answersOf(this.#forest);
    this.#code.get(this.#row).i32(this.#plan.rowBytes).do('i32.mul').set(this.#source);
    this.#code.get(this.#row).i32(answerBytes).do('i32.mul').set(this.#target);
    if (spread) this.#writeSpread(spread);
    else if (transform === 'SOFTMAX' || transform === 'SOFTMAX_ZERO') this.#writeSoftmax();
    else
      this.#each(() => {
        this.#pushTarget();
        this.#pushScore();
        this.#code.set(this.#score);
        if (transform === 'LOGISTIC') this.#pushLogistic(this.#score);
        else this.#code.get(this.#score);
        this.#code.at('f32.store', this.#plan.answers);
      });
  }

  /** For each score of the row, `offset` being 4 bytes each. */
  #each(body: () => void): void {
    this.#code.count(this.#offset, 4 * this.#forest.scores, 4, body);
  }

  #pushTarget(): void {
    this.#code.get(this.#target).get(this.#offset).do('i32.add');
  }

  /** The sum of the leaves, averaged and with its base value. */
  #pushScore(): void {
    const { isAverage, trees, baseValues } = this.#forest;
    const { scores, scoreBytes } = this.#plan;
    this.#code
      .get(this.#source)
      .get(this.#offset)
      .i32(scoreBytes / 4)
      .do('i32.mul', 'i32.add')
      .at('f32.load', scores);
    if (isAverage) this.#code.f32(trees.length).do('f32.div');
    if (baseValues.length > 0) this.#code.get(this.#offset).at('f32.load', this.#plan.baseValues).do('f32.add');
  }

  #writeSpread(spread: Spread): void {
    this.#code.i32(0).set(this.#offset);
    this.#pushScore();
    this.#code.set(this.#score);
    this.#code.get(this.#target);
    if (spread === 'complement') this.#code.f32(1).get(this.#score).do('f32.sub');
    else this.#code.get(this.#score).do('f32.neg');
    if (spread === 'logistic') this.#pushLogistic(this.#set(this.#highest));
    this.#code.at('f32.store', this.#plan.answers).get(this.#target);
    if (spread === 'logistic') this.#pushLogistic(this.#score);
    else this.#code.get(this.#score);
    this.#code.at('f32.store', this.#plan.answers + 4);
  }

  #set(local: Local): Local {
    this.#code.set(local);
    return local;
  }

  /** 1 / (1 + e^-|x|), less than a half for x below 0. */
  #pushLogistic(x: Local): void {
    const code = this.#code;
    this.#pushExp(() => code.get(x).do('f32.abs', 'f32.neg').set(this.#sum), this.#sum);
    code.f32(1).do('f32.add').set(this.#sum);
    code.f32(1).get(this.#sum).do('f32.div').set(this.#sum);
    code.f32(1).get(this.#sum).do('f32.sub').get(this.#sum).get(x).f32(0).do('f32.lt', 'select');
  }

  #writeSoftmax(): void {
    const code = this.#code;
    const { answers } = this.#plan;
    code.f32(lowestFloat32).set(this.#highest).f32(0).set(this.#sum);
    this.#each(() => {
      this.#pushTarget();
      this.#pushScore();
      code.tee(this.#score).at('f32.store', answers);
      code
        .get(this.#score)
        .get(this.#highest)
        .get(this.#score)
        .get(this.#highest)
        .do('f32.gt', 'select')
        .set(this.#highest);
    });
    this.#each(() => this.#writeExponential());
    this.#each(() => {
      this.#pushTarget();
      this.#pushTarget();
      code.at('f32.load', answers).get(this.#sum).do('f32.div').at('f32.store', answers);
    });
  }

  /** Replaces a score by e^(score - highest) and adds it up; near zero SOFTMAX_ZERO takes score * e^-highest instead. */
  #writeExponential(): void {
    const code = this.#code;
    const { answers } = this.#plan;
    const exponential = code.local('f32');
    this.#pushTarget();
    code.at('f32.load', answers).set(this.#score);
    this.#pushExp(() => code.get(this.#score).get(this.#highest).do('f32.sub').set(exponential), exponential);
    code.set(exponential);
    if (this.#forest.transform === 'SOFTMAX') {
      code.get(this.#sum).get(exponential).do('f32.add').set(this.#sum);
      this.#pushTarget();
      code.get(exponential).at('f32.store', answers);
      return;
    }
    const isFar = () => code.get(this.#score).do('f32.abs').f32(nearZero).do('f32.gt');
    const scaled = code.local('f32');
    this.#pushExp(() => code.get(this.#highest).do('f32.neg').set(scaled), scaled);
    code.get(this.#score).do('f32.mul').set(scaled);
    code.get(this.#sum).get(exponential).do('f32.add').get(this.#sum);
    isFar().do('select').set(this.#sum);
    this.#pushTarget();
    code.get(exponential).get(scaled);
    isFar().do('select').at('f32.store', answers);
  }

  /** e^x by the steps of `expFloat32`; `put` puts x into the local. */
  #pushExp(put: () => void, x: Local): void {
    const code = this.#code;
    const { scale, shift, cubic, lowest, highest, steps } = expConstants;
    const [wide, rest] = [this.#wide, this.#rest];
    put();
    code.f32(0).f32(Infinity);
    code.get(x).do('f64.promote_f32').f64(scale).do('f64.mul').tee(rest).f64(shift).do('f64.add').tee(wide);
    code.f64(shift).do('f64.sub').set(this.#rounded());
    code.get(rest).get(this.#rounded()).do('f64.sub').set(rest);
    code.f64(cubic[0]).get(rest).do('f64.mul').f64(cubic[1]).do('f64.add');
    code.get(rest).get(rest).do('f64.mul', 'f64.mul');
    code.f64(cubic[2]).get(rest).do('f64.mul').f64(1).do('f64.add', 'f64.add');
    code
      .get(wide)
      .do('i64.reinterpret_f64', 'i32.wrap_i64')
      .i32(steps - 1)
      .do('i32.and')
      .i32(8)
      .do('i32.mul');
    code.at('i64.load', this.#plan.expTable);
    code.get(wide).do('i64.reinterpret_f64').i64(47).do('i64.shl', 'i64.add', 'f64.reinterpret_i64');
    code.do('f64.mul', 'f32.demote_f64').set(this.#result());
    // Stack: 0, infinity.
    code.get(this.#result()).get(x).f32(highest).do('f32.gt', 'select');
    code.set(this.#result()).get(this.#result()).get(x).f32(lowest).do('f32.lt', 'select');
  }

  #roundedLocal: Local | null = null;
  #rounded(): Local {
    return (this.#roundedLocal ??= this.#code.local('f64'));
  }

  #resultLocal: Local | null = null;
  #result(): Local {
    return (this.#resultLocal ??= this.#code.local('f32'));
  }
}
