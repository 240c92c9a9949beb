import { useState } from 'react';
import { firstLook, type Look } from './job-layers.ts';

/** What of a job is shown; half the map is the baseline's once the swipe is on. */
export function useLook() {
  const [look, setLook] = useState<Look>(firstLook);
  const change = (next: Partial<Look>) => setLook((now) => ({ ...now, ...next }));
  return { look, change };
}
export type LookControl = ReturnType<typeof useLook>;
