import { safeStorage } from './safe-storage.ts';

/** What outlives the window. */
export const localStore = safeStorage(() => localStorage);

/** What goes with the window. */
export const windowStore = safeStorage(() => sessionStorage);
