import { Outlet, useMatches } from '@tanstack/react-router';
import { Suspense } from 'react';
import { t, useLanguage } from '../i18n/t.ts';
import { MapStage } from '../stage/map-stage.tsx';
import { LiveRegion } from '../ui/announce.tsx';
import { ErrorBoundary } from '../ui/error-boundary.tsx';
import { PageFailed } from '../ui/page-failed.tsx';
import { ConnectionBanner } from './connection-banner.tsx';
import { Header } from './header.tsx';
import { Panel } from './panel.tsx';

/** The frame of every page: header, map, panel. */
export function RootLayout() {
  // Texts are read while a component renders: another language is another page.
  const language = useLanguage();
  const page = useMatches({ select: (matches) => matches.at(-1)?.id });
  return (
    <div className="app" key={language}>
      <a className="skip-link" href="#panel">
        {t('nav.skip')}
      </a>
      <Header />
      <ConnectionBanner />
      <MapStage />
      <Panel>
        <ErrorBoundary of={page} fallback={<PageFailed />}>
          <Suspense fallback={<p className="quiet">{t('loading')}</p>}>
            <Outlet />
          </Suspense>
        </ErrorBoundary>
      </Panel>
      <LiveRegion />
    </div>
  );
}
