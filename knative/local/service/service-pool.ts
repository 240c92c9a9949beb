import type { Clock } from '../clock.ts';
import type { ServiceSpec } from '../manifests/function-spec.ts';
import type { FunctionProcess } from '../process/function-process.ts';
import { ProcessSet, type Member } from '../process/process-set.ts';
import { peakDemand, recordDemand, type Demand } from './peak-history.ts';
import { Places, type Place } from './places.ts';
import { Unavailable } from './unavailable.ts';
import { WaitingLine } from './waiting-line.ts';
import { wantedForRequests } from './wanted-processes.ts';

/** How many requests may wait for one function, and how long each. */
export interface PoolLimits {
  maxWaiting: number;
  waitLimitMs: number;
}

const tickMs = 500;

/** The activator of one function: holds requests until a process can take them, and scales with their number. */
export class ServicePool {
  readonly spec: ServiceSpec;
  readonly set: ProcessSet;
  readonly #clock: Clock;
  readonly #limits: PoolLimits;
  readonly #line = new WaitingLine<Place>();
  readonly #closed = new AbortController();
  readonly #places: Places;
  readonly #drainEnds = Promise.withResolvers<void>();
  #graceMs: () => number;
  #requests = 0;
  #history: Demand[] = [];

  constructor(
    spec: ServiceSpec,
    start: (changed: () => void) => FunctionProcess,
    clock: Clock,
    limits: PoolLimits,
    warn: (line: string) => void,
  ) {
    this.spec = spec;
    this.#clock = clock;
    this.#limits = limits;
    this.#places = new Places(spec.concurrency, () => this.#over());
    this.#graceMs = () => spec.process.graceMs;
    const failed = (why: string) => {
      warn(why);
      this.#refuse(why);
    };
    this.set = new ProcessSet(start, clock, { changed: () => this.#dispatch(), failed });
    if (spec.initialScale > 0) this.#rescale(spec.initialScale);
    void this.#tick();
  }

  /** Requests that are being answered or wait. */
  get requests(): number {
    return this.#requests;
  }

  get waiting(): number {
    return this.#line.length;
  }

  /** A place in a ready process, as soon as there is one. Throws Unavailable, or the signal's reason. */
  async acquire(signal: AbortSignal): Promise<Place> {
    const { name } = this.spec.process;
    if (this.#closed.signal.aborted) throw new Unavailable(503, `${name} is shutting down`);
    this.#checkBackOff();
    if (this.#line.length >= this.#limits.maxWaiting) throw new Unavailable(503, `too many requests wait for ${name}`);
    this.#requests += 1;
    const served = new AbortController();
    const late = new Unavailable(504, `no process of ${name} was free within ${this.#limits.waitLimitMs / 1000} s`);
    void this.#clock.sleep(this.#limits.waitLimitMs, served.signal).then(() => served.abort(late));
    const turn = this.#line.join(AbortSignal.any([signal, served.signal]));
    this.#rescale();
    this.#dispatch();
    return turn
      .catch((error) => {
        this.#over();
        throw error;
      })
      .finally(() => served.abort());
  }

  /**
   * Takes no request any more, waits for those it has until `drainEnds`, then ends the processes: SIGTERM, and
   * SIGKILL after `graceMs` as it is then.
   */
  async close(drainEnds: Promise<void>, graceMs: () => number): Promise<void> {
    this.#closed.abort();
    this.#graceMs = () => Math.min(this.spec.process.graceMs, graceMs());
    this.#line.refuse(new Unavailable(503, `${this.spec.process.name} is shutting down`));
    void drainEnds.then(this.#drainEnds.resolve);
    await this.set.empty((member) => this.#letGo(member));
  }

  /** Ends everything at once. */
  kill(): void {
    this.#closed.abort();
    this.#line.refuse(new Unavailable(503, `${this.spec.process.name} is shutting down`));
    this.set.kill();
  }

  #checkBackOff(): void {
    const { backOffMs, figures, members } = this.set;
    if (members.length > 0 || backOffMs === 0) return;
    const seconds = Math.ceil(backOffMs / 1000);
    const again = `it is tried again in ${seconds} s`;
    throw new Unavailable(503, `${this.spec.process.name} cannot start: ${figures.lastFailure}; ${again}`, seconds);
  }

  #dispatch(): void {
    while (this.#line.length > 0) {
      const place = this.#places.take(this.set.members);
      if (!place) return;
      this.#line.serve(place);
    }
  }

  #over(): void {
    this.#requests -= 1;
    this.#dispatch();
    this.#rescale();
  }

  /** Requests wait through one failed start; a second in a row sends them away. */
  #refuse(why: string): void {
    if (this.set.members.length > 0 || this.set.backOffMs === 0) return;
    this.#line.refuse(new Unavailable(503, `${this.spec.process.name} cannot start: ${why}`));
  }

  #rescale(least = 0): void {
    if (this.#closed.signal.aborted) return;
    const { spec } = this;
    const now = this.#clock.now();
    const wanted = Math.max(wantedForRequests(this.#requests, spec), least);
    this.#history = recordDemand(this.#history, now, wanted, spec.idleMs);
    this.set.want(peakDemand(this.#history, now, spec.idleMs), (member) => this.#letGo(member));
  }

  async #letGo(member: Member): Promise<void> {
    const patience = this.#clock.sleep(this.spec.timeoutMs);
    await Promise.race([this.#places.untilIdle(member), patience, this.#drainEnds.promise]);
    await member.process.stop(this.#graceMs());
  }

  async #tick(): Promise<void> {
    while (!this.#closed.signal.aborted) {
      await this.#clock.sleep(tickMs, this.#closed.signal);
      this.#rescale();
    }
  }
}
