import { useRouter } from '@tanstack/react-router';
import { useEffect, type ReactNode } from 'react';
import { accessToken } from '../api/client.ts';
import { connection, useConnectionLost } from '../connection/browser-connection.ts';
import { t } from '../i18n/t.ts';
import { useSession } from './browser-session.ts';

/** Shows its children to whoever is logged in, and everybody else the sign-in page, which comes back here. */
export function RequireLogin({ children }: { children: ReactNode }) {
  const { status } = useSession();
  const router = useRouter();
  useUntilKnown(status === 'unknown');
  useEffect(() => {
    if (status !== 'out') return;
    // Where one is now: the place that a component is told of is the next one as soon as it is being left.
    const { pathname, searchStr } = router.state.location;
    void router.navigate({ to: '/app/login', search: { back: pathname + searchStr }, replace: true });
  }, [status, router]);
  return status === 'in' ? children : <p className="quiet">{t('session.checking')}</p>;
}

/** Asks again who is here once a lost connection is back. */
export function useUntilKnown(isUnknown: boolean): void {
  const isLost = useConnectionLost();
  useEffect(() => {
    if (isUnknown && !connection.isLost()) accessToken().catch(() => undefined);
  }, [isUnknown, isLost]);
}
