import { useMemo, useState } from 'react';
import { firstLook, type Look } from './job-layers.ts';

/** What of a job is shown. Until somebody chooses, the first baseline of the place lies beneath, else the clearest scene. */
export function useLook(baselines: readonly { id: string }[]) {
  const [chosen, setChosen] = useState<Partial<Look>>({});
  const first = baselines[0]?.id ?? firstLook.beneath;
  const look = useMemo(() => ({ ...firstLook, beneath: first, ...chosen }), [chosen, first]);
  const change = (next: Partial<Look>) => setChosen((now) => ({ ...now, ...next }));
  return { look, change };
}
export type LookControl = ReturnType<typeof useLook>;
