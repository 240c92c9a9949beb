import type { TransactionStatus } from './backend-messages.ts';

interface Waiting {
  client: object;
  run: () => Promise<TransactionStatus>;
  settle: PromiseWithResolvers<void>;
}

/**
 * Lets clients use the one session by turns, a group at a time and in the order in which they asked; from BEGIN to the
 * end of the transaction the session is one client's alone.
 */
export class Turns {
  #queue: Waiting[] = [];
  #owner: object | null = null;
  #busy = false;

  /** Runs the work when it is the client's turn; the work tells the state that it left the session in. */
  take(client: object, run: () => Promise<TransactionStatus>): Promise<void> {
    const settle = Promise.withResolvers<void>();
    this.#queue.push({ client, run, settle });
    void this.#pump();
    return settle.promise;
  }

  owns(client: object): boolean {
    return this.#owner === client;
  }

  async #pump(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    for (let next = this.#next(); next; next = this.#next()) await this.#run(next);
    this.#busy = false;
  }

  #next(): Waiting | null {
    const owner = this.#owner;
    const index = owner ? this.#queue.findIndex(({ client }) => client === owner) : 0;
    return this.#queue.splice(index, index < 0 ? 0 : 1)[0] ?? null;
  }

  async #run({ client, run, settle }: Waiting): Promise<void> {
    try {
      this.#owner = (await run()) === 'I' ? null : client;
      settle.resolve();
    } catch (error) {
      this.#owner = null;
      settle.reject(error);
    }
  }
}
