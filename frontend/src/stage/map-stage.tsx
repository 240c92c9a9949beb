import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { accessToken } from '../api/client.ts';
import { settingsQuery } from '../api/queries.ts';
import { t } from '../i18n/t.ts';
import { ErrorBoundary } from '../ui/error-boundary.tsx';
import { useStage } from './stage.ts';

const MapView = lazy(() => import('../map/map-view.tsx').then((map) => ({ default: map.MapView })));

/** Without a token tiles that need one are refused; the map itself goes on. */
const token = () => accessToken().catch(() => null);

/** The map behind every page. */
export function MapStage() {
  const stage = useStage();
  const { data: settings } = useQuery(settingsQuery);
  return (
    <section className="map-stage" aria-label={t('mapView.label')}>
      <ErrorBoundary fallback={<p className="map-note">{t('map.failed')}</p>}>
        <Suspense fallback={<p className="map-note">{t('map.loading')}</p>}>
          <MapView {...stage} basemap={settings?.basemap ?? null} token={token} />
        </Suspense>
      </ErrorBoundary>
    </section>
  );
}
