import { useEffect, useState } from 'react';
import { loadPart, useConnectionLost } from '../connection/browser-connection.ts';

export type Rules = typeof import('./rules.ts');

export interface RulesNow {
  rules: Rules | null;
  isMissing: boolean;
  retry: () => void;
}

/** The rules of the domain come by themselves: the form is there before them. After a lost line they are asked for again. */
export function useRules(): RulesNow {
  const [rules, setRules] = useState<Rules | null>(null);
  const [isMissing, setMissing] = useState(false);
  const [tries, setTries] = useState(1);
  const isLost = useConnectionLost();
  useEffect(() => {
    let isHere = true;
    loadPart(import('./rules.ts')).then(
      (loaded) => isHere && setRules(loaded),
      () => isHere && setMissing(true),
    );
    return () => void (isHere = false);
  }, [tries, isLost]);
  const retry = () => {
    setMissing(false);
    setTries((count) => count + 1);
  };
  return { rules, isMissing: isMissing && !rules, retry };
}
