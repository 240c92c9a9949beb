import type { Principal } from '#shared/domain/user.ts';
import type { Logger } from './logger.ts';

/** What the middleware leaves on a request's context. */
export interface AppEnv {
  Variables: {
    requestId: string;
    /** Writes with the request's id. */
    log: Logger;
    /** Set behind `authenticate`. */
    user: Principal;
  };
}
