import type { Principal } from '#shared/domain/user.ts';
import type { Logger } from './logger.ts';
import type { Viewer } from './viewer.ts';

/** What the middleware leaves on a request's context. */
export interface AppEnv {
  Variables: {
    requestId: string;
    /** Writes with the request's id. */
    log: Logger;
    /** Set behind `authenticate`; behind `authenticateViewer` only where a token was sent. */
    user: Principal;
    /** Set behind `authenticateViewer`. */
    viewer: Viewer;
  };
}
