import type { Member } from '../process/process-set.ts';

/** A place for one request in a process; whoever has it gives it back. */
export interface Place {
  port: number;
  giveBack(): void;
  /** The process broke off: it gets no request until it proves to be well. */
  suspect(): void;
}

/** Gives places in the processes of a function, at most `concurrency` in each (0: no limit). */
export class Places {
  readonly #limit: number;
  readonly #over: () => void;
  readonly #idle = new Map<Member, () => void>();

  /** `over` is called whenever a place was given back. */
  constructor(concurrency: number, over: () => void) {
    this.#limit = concurrency || Number.POSITIVE_INFINITY;
    this.#over = over;
  }

  /** A place in the ready member with least to do; undefined where none may take one more. */
  take(members: readonly Member[]): Place | undefined {
    const free = members.filter(({ process, inFlight }) => process.isReady && inFlight < this.#limit);
    const [member] = free.sort((a, b) => a.inFlight - b.inFlight);
    return member && this.#place(member);
  }

  /** Resolves when a member that gets no more requests has answered those it has. */
  untilIdle(member: Member): Promise<void> {
    if (member.inFlight === 0) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#idle.set(member, resolve);
    return promise.finally(() => this.#idle.delete(member));
  }

  #place(member: Member): Place {
    let given = false;
    member.inFlight += 1;
    const giveBack = () => {
      if (given) return;
      given = true;
      member.inFlight -= 1;
      if (member.inFlight === 0) this.#idle.get(member)?.();
      this.#over();
    };
    return { port: member.process.port, giveBack, suspect: () => member.process.recheck() };
  }
}
