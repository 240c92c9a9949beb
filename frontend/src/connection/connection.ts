/** Whether the server answers, as the last request found it. */
export interface Connection {
  isLost: () => boolean;
  subscribe: (listener: () => void) => () => void;
  /** A request got an answer, whichever. */
  answered: () => void;
  /** A request got none. */
  lost: () => void;
  /** Looks now whether the server answers again. */
  look: () => Promise<void>;
}

export interface ConnectionDeps {
  /** Asks for something small; rejects where no answer comes. */
  ping: () => Promise<Answer>;
  /** Calls back later; the answer takes it back. */
  later: (work: () => void, ms: number) => () => void;
}

type Answer = Pick<Response, 'status' | 'headers'>;

/** A gateway that has nobody behind it answers, but the server does not; what the server refuses it says as a problem. */
export const isOfGateway = ({ status, headers }: Answer): boolean =>
  (status === 502 || status === 504) && !headers.get('content-type')?.startsWith('application/problem+json');

const firstWaitMs = 1000;
const longestWaitMs = 30_000;

/** Notices a lost connection, and looks by itself, ever less often, until it is back. */
export function watchConnection({ ping, later }: ConnectionDeps): Connection {
  let isLost = false;
  let waitMs = firstWaitMs;
  let cancel = () => {};
  const listeners = new Set<() => void>();
  function become(lost: boolean): void {
    if (lost === isLost) return;
    isLost = lost;
    for (const listener of listeners) listener();
  }
  function answered(): void {
    cancel();
    waitMs = firstWaitMs;
    become(false);
  }
  async function look(): Promise<void> {
    cancel();
    const answer = await ping().catch(() => null);
    if (answer && !isOfGateway(answer)) return answered();
    waitMs = Math.min(longestWaitMs, waitMs * 2);
    // Whoever else lost it meanwhile began to wait as well.
    cancel();
    cancel = later(() => void look(), waitMs);
  }
  return {
    isLost: () => isLost,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    answered,
    lost() {
      if (isLost) return;
      become(true);
      cancel = later(() => void look(), waitMs);
    },
    look,
  };
}
