import type { Clock } from '../clock.ts';
import { afterFailure, nextStartAt, noFailures, type Failures } from './back-off.ts';
import type { FunctionProcess } from './function-process.ts';

/** One process of a set and the requests that it has at the moment. */
export interface Member {
  readonly process: FunctionProcess;
  readonly startedAt: number;
  inFlight: number;
}

export interface SetEvents {
  /** A member became able, or unable, to take requests. */
  changed(): void;
  /** A member could not start or ended by itself; `why` is a sentence. */
  failed(why: string): void;
}

/** The figures of one function's processes since the runtime began. */
export interface SetFigures {
  starts: number;
  /** Processes that could not start, ended by themselves, or failed their liveness probe. */
  failures: number;
  /** Milliseconds from start to ready, of the last 100 starts. */
  startMs: number[];
  lastFailure: string | null;
}

const keptTimes = 100;

/** Holds the processes of one function at a wanted number: starts, lets go, and starts again with back-off. */
export class ProcessSet {
  readonly figures: SetFigures = { starts: 0, failures: 0, startMs: [], lastFailure: null };
  readonly #start: (changed: () => void) => FunctionProcess;
  readonly #clock: Clock;
  readonly #events: SetEvents;
  readonly #leaving = new Map<Member, Promise<void>>();
  #members: Member[] = [];
  #wanted = 0;
  #failures: Failures = noFailures;
  #retry: Promise<void> | null = null;

  constructor(start: (changed: () => void) => FunctionProcess, clock: Clock, events: SetEvents) {
    this.#start = start;
    this.#clock = clock;
    this.#events = events;
  }

  /** Processes that take work or are about to. */
  get members(): readonly Member[] {
    return this.#members;
  }

  /** Every process that exists, those on their way out included. */
  get pids(): number[] {
    return [...this.#members, ...this.#leaving.keys()].map((member) => member.process.pid).filter((pid) => pid > 0);
  }

  /** Milliseconds until a start may be tried again, 0 where it may be now. */
  get backOffMs(): number {
    return Math.max(0, nextStartAt(this.#failures) - this.#clock.now());
  }

  /** Sets how many processes there shall be. `letGo` ends a member that is no longer wanted. */
  want(count: number, letGo: (member: Member) => Promise<void>): void {
    this.#wanted = count;
    while (this.#members.length > count) this.#dismiss(leastBusy(this.#members), letGo);
    this.#fill();
  }

  /** Ends all members by `letGo`, and waits for those that were leaving already. */
  async empty(letGo: (member: Member) => Promise<void>): Promise<void> {
    this.want(0, letGo);
    await Promise.all(this.#leaving.values());
  }

  /** Ends everything at once. */
  kill(): void {
    this.#wanted = 0;
    for (const { process } of [...this.#members, ...this.#leaving.keys()]) process.kill();
  }

  #dismiss(member: Member, letGo: (member: Member) => Promise<void>): void {
    this.#members = this.#members.filter((other) => other !== member);
    const gone = letGo(member).finally(() => this.#leaving.delete(member));
    this.#leaving.set(member, gone);
  }

  #fill(): void {
    if (this.#members.length >= this.#wanted) return;
    if (this.backOffMs > 0) return this.#fillLater();
    while (this.#members.length < this.#wanted) this.#add();
  }

  #fillLater(): void {
    this.#retry ??= this.#clock.sleep(this.backOffMs).then(() => {
      this.#retry = null;
      this.#fill();
    });
  }

  #add(): void {
    const process = this.#start(() => this.#events.changed());
    const member: Member = { process, startedAt: this.#clock.now(), inFlight: 0 };
    this.#members.push(member);
    this.figures.starts += 1;
    process.started.then(
      (ms) => (this.figures.startMs = [...this.figures.startMs, ms].slice(-keptTimes)),
      (error: Error) => this.#lost(member, error.message),
    );
    void process.exited.then(({ how }) =>
      process.started.then(
        () => this.#lost(member, how),
        () => undefined,
      ),
    );
  }

  /** A member that nobody asked to go is gone. */
  #lost(member: Member, why: string): void {
    if (!this.#members.includes(member)) return;
    this.#members = this.#members.filter((other) => other !== member);
    const now = this.#clock.now();
    this.#failures = afterFailure(this.#failures, now, now - member.startedAt);
    this.figures.failures += 1;
    this.figures.lastFailure = why;
    this.#events.failed(why);
    this.#fill();
  }
}

/** Whom to let go first: who is not ready, then who has least to do, then who came last. */
function leastBusy(members: readonly Member[]): Member {
  const cost = ({ process, inFlight }: Member) => (process.isReady ? 1 + inFlight : 0);
  return members.reduce((best, member) => (cost(member) <= cost(best) ? member : best));
}
