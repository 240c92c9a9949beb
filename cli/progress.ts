import type { ChunkTask } from '#shared/mapping/chunk-task.ts';
import type { Plan } from '#shared/mapping/plan.ts';

const width = 24;
const quietMs = 120;

/** Shows how far a run is, in scenes read x chunks: a line that is rewritten on a terminal, a line now and then elsewhere. */
export class Progress {
  readonly #stream: NodeJS.WriteStream;
  readonly #silent: boolean;
  #total = 0;
  #read = 0;
  #chunks = 0;
  #chunksDone = 0;
  #started = 0;
  #shownAt = 0;
  #shownPercent = 0;

  constructor(stream: NodeJS.WriteStream, silent: boolean) {
    this.#stream = stream;
    this.#silent = silent;
  }

  /** A sentence of its own. */
  note(text: string): void {
    if (this.#silent) return;
    this.#clear();
    this.#stream.write(`${text}\n`);
  }

  begin(plan: Plan, open: readonly ChunkTask[]): void {
    this.#total = open.reduce((sum, task) => sum + task.observations.flat().length, 0);
    this.#chunks = plan.tasks.length;
    this.#chunksDone = plan.tasks.length - open.length;
    this.#read = 0;
    this.#started = performance.now();
    const reused = this.#chunksDone > 0 ? `, ${this.#chunksDone} already there` : '';
    this.note(
      `${plan.scenes.length} scenes, ${plan.tasks.length} chunk${plan.tasks.length === 1 ? '' : 's'}${reused}, ${plan.aoiPixels.toLocaleString('en')} pixels of 10 m`,
    );
  }

  sceneRead(_key: string): void {
    this.#read = Math.min(this.#total, this.#read + 1);
    this.#show();
  }

  /** Progress of something simpler: so many of so many. */
  step(done: number, total: number, what: string): void {
    const percent = Math.floor((100 * done) / total);
    if (this.#silent || (percent < this.#shownPercent + 10 && done < total && !this.#stream.isTTY)) return;
    this.#shownPercent = percent;
    this.#clear();
    this.#stream.write(`${done}/${total} ${what}${this.#stream.isTTY && done < total ? '' : '\n'}`);
  }

  partDone(): void {
    this.#chunksDone++;
    this.#show(this.#chunksDone === this.#chunks);
  }

  #show(now = false): void {
    const percent = this.#total === 0 ? 100 : Math.floor((100 * this.#read) / this.#total);
    if (this.#silent) return;
    if (this.#stream.isTTY) this.#rewrite(percent, now);
    else if (now || (percent >= this.#shownPercent + 10 && percent < 100)) {
      this.#shownPercent = percent;
      this.#stream.write(`${this.#line(percent)}\n`);
    }
  }

  #rewrite(percent: number, now: boolean): void {
    if (!now && performance.now() - this.#shownAt < quietMs) return;
    this.#shownAt = performance.now();
    this.#clear();
    this.#stream.write(this.#line(percent));
    if (now) this.#stream.write('\n');
  }

  #line(percent: number): string {
    const filled = Math.round((width * percent) / 100);
    const bar = '='.repeat(filled).padEnd(width, ' ');
    const chunks = `${this.#chunksDone}/${this.#chunks} chunk${this.#chunks === 1 ? '' : 's'}`;
    return `[${bar}] ${percent} %  ${this.#read}/${this.#total} scene reads, ${chunks}${this.#timeLeft()}`;
  }

  #timeLeft(): string {
    if (this.#read < 5 || this.#read === this.#total) return '';
    const elapsed = (performance.now() - this.#started) / 1000;
    return `, about ${Math.ceil((elapsed * (this.#total - this.#read)) / this.#read)} s left`;
  }

  #clear(): void {
    if (this.#stream.isTTY) this.#stream.write('\r\x1b[2K');
  }
}
