import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useMemo, useRef, useState } from 'react';
import { baselinesQuery, processQuery, reportQuery } from '../api/queries.ts';
import { t } from '../i18n/t.ts';
import type { LonLat } from '../map/types.ts';
import { useOnStage } from '../stage/stage.ts';
import { ErrorBoundary } from '../ui/error-boundary.tsx';
import { ErrorNotice, errorText } from '../ui/notice.tsx';
import { PageFailed } from '../ui/page-failed.tsx';
import { PageTitle } from '../ui/page-title.tsx';
import { baselinesOf, jobLayers } from './job-layers.ts';
import { bboxOf } from './job-progress.ts';
import { lookBox, shownRequest } from './job-request.ts';
import { JobPanel } from './job-panel.tsx';
import { isFinal } from './open-events.ts';
import { useJob } from './use-job.ts';
import { useLook } from './use-look.ts';

const PixelPanel = lazy(() => import('../map/pixel-panel.tsx').then((panel) => ({ default: panel.PixelPanel })));

export interface JobViewProps {
  id: string;
  share?: string | undefined;
  isDemo: boolean;
}

/** In place of a job that is not there yet, or not at all. */
function NoJob({ error, onRetry, isShared }: { error: unknown; onRetry: () => void; isShared: boolean }) {
  if (!error) return <p className="quiet">{t('loading')}</p>;
  if (!isFinal(error)) return <ErrorNotice error={error} onRetry={onRetry} />;
  return (
    <>
      <PageTitle title={t('job.none')} />
      <p>{isShared ? t('job.noShare') : errorText(error)}</p>
      <Link to="/" className="button">
        {t('notFound.home')}
      </Link>
    </>
  );
}

/** A job on the map and beside it, from its first second to its result. */
export function JobView({ id, share, isDemo }: JobViewProps) {
  const now = useJob(id, share);
  const { job, progress } = now;
  const isDone = job?.status === 'successful';
  const [pixel, setPixel] = useState<LonLat | null>(null);
  const pixelCard = useRef<HTMLElement>(null);
  // What was asked for is to be seen, wherever the panel was scrolled to.
  useEffect(() => {
    // Newer browsers answer with a promise, which is no way to clean up.
    void pixelCard.current?.scrollIntoView({ block: 'start' });
  }, [pixel]);
  const request = useMemo(() => shownRequest(job?.request), [job?.request]);
  const process = useQuery(processQuery);
  const baselines = useQuery(baselinesQuery);
  const report = useQuery({ ...reportQuery(id, share), enabled: isDone });
  const place = useMemo(() => (request.area ? lookBox(request.area) : null), [request.area]);
  const beneath = useMemo(
    () => baselinesOf(baselines.data ?? [], place, request.year),
    [baselines.data, place, request.year],
  );
  const { look, change } = useLook(beneath);
  const state = job?.status ?? 'accepted';
  const layers = useMemo(
    () => (job ? jobLayers({ id, share, state, progress, look }) : []),
    [id, share, state, progress, look, job],
  );
  const chunks = useMemo(() => progress.parts.map((part) => ({ ...part, done: true })), [progress.parts]);
  useOnStage({
    area: request.area,
    layers,
    chunks: isDone ? undefined : chunks,
    fit: place ?? bboxOf(progress.bbox),
    swipe: look.swipe,
    onSwipe: (swipe) => change({ swipe }),
    pixel,
    onPixel: (lonlat) => {
      if (isDone) setPixel(lonlat);
    },
  });
  if (!job) return <NoJob error={now.error} onRetry={now.refetch} isShared={share !== undefined} />;
  return (
    <>
      {pixel && (
        <section ref={pixelCard} className="card pixel-card" aria-label={t('pixel.label')}>
          <ErrorBoundary of={pixel.join()} fallback={<PageFailed />}>
            <Suspense fallback={<p className="quiet">{t('loading')}</p>}>
              <PixelPanel job={id} share={share} lon={pixel[0]} lat={pixel[1]} onClose={() => setPixel(null)} />
            </Suspense>
          </ErrorBoundary>
        </section>
      )}
      <JobPanel
        now={{ ...now, job }}
        share={share}
        isDemo={isDemo}
        request={request}
        process={process.data}
        report={report}
        beneath={beneath}
        hasBaselineList={baselines.isSuccess}
        look={look}
        change={change}
      />
    </>
  );
}
