import { useEffect, useState } from 'react';
import { readDraft, writeDraft, type Draft } from './draft.ts';

const writeMs = 300;

/** The draft of this browser; it outlives the page. */
export function useDraft() {
  const [draft, setDraft] = useState<Draft>(() => readDraft(localStorage));
  useEffect(() => {
    const timer = setTimeout(() => writeDraft(localStorage, draft), writeMs);
    const write = () => writeDraft(localStorage, draft);
    addEventListener('pagehide', write);
    return () => {
      clearTimeout(timer);
      removeEventListener('pagehide', write);
      write();
    };
  }, [draft]);
  const change = (next: Partial<Draft> | ((now: Draft) => Draft)) =>
    setDraft((now) => (typeof next === 'function' ? next(now) : { ...now, ...next }));
  return { draft, change };
}
export type DraftControl = ReturnType<typeof useDraft>;
