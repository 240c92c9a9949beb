import { useEffect, useState } from 'react';
import { session } from '../session/browser-session.ts';
import { hasSignedOut } from '../session/login-state.ts';
import { localStore } from '../storage/browser-storage.ts';
import { readDraft, writeDraft, type Draft } from './draft.ts';

const writeMs = 300;

/** The draft of this browser; it outlives the page and a session that ends, until somebody signs out. */
export function useDraft() {
  const [draft, setDraft] = useState<Draft>(() => readDraft(localStore));
  useEffect(() => {
    const write = () => {
      if (!hasSignedOut(session.state())) writeDraft(localStore, draft);
    };
    const timer = setTimeout(write, writeMs);
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
