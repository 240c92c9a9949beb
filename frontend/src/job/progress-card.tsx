import { useEffect, useState } from 'react';
import { formatCount, formatDay, formatDurationRange, formatPercent } from '../i18n/format.ts';
import { t } from '../i18n/t.ts';
import { announce } from '../ui/announce.tsx';
import { Notice } from '../ui/notice.tsx';
import { windowStore } from '../storage/browser-storage.ts';
import { ProgressBar } from '../ui/progress-bar.tsx';
import { percentOf, type JobProgress } from './job-progress.ts';
import { keptQuote } from './kept-quote.ts';
import { quoteLeft, timeLeft, type TimeLeft } from './time-left.ts';
import type { JobNow } from './use-job.ts';
import type { StatusInfo } from '../api/types.ts';

const phases = ['planning', 'computing', 'stitching'] as const;

/** What happens now. */
function phaseText({ status, phase: kept }: { status: string; phase: string | null }): string {
  const phase = phases.find((each) => each === kept);
  return t(
    status === 'accepted' || !phase ? (status === 'running' ? 'phase.planning' : 'phase.waiting') : `phase.${phase}`,
  );
}

/** The clock, once a second. */
function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

function useTimeLeft({ job, progress, samples }: JobNow & { job: StatusInfo }): TimeLeft | null {
  const now = useNow();
  const measured = timeLeft(samples, progress.sceneReads);
  if (measured) return measured;
  const quote = keptQuote(windowStore, job.jobID);
  if (!quote) return null;
  return quoteLeft(quote, job.started ? Math.max(0, (now - Date.parse(job.started)) / 1000) : 0);
}

function Fact({ name, value }: { name: string; value: string | null }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value ?? '–'}</dd>
    </div>
  );
}

const ofAll = (done: number, all: number | null): string | null =>
  all ? t('progress.ofAll', { done: formatCount(done), all: formatCount(all) }) : null;

function ProgressFacts({ progress, left }: { progress: JobProgress; left: TimeLeft | null }) {
  const { clearest } = progress;
  const cloud = clearest?.cloudCover ?? null;
  return (
    <dl className="facts">
      <Fact name={t('progress.chunks')} value={ofAll(progress.chunksDone, progress.chunks)} />
      <Fact name={t('progress.reads')} value={ofAll(progress.scenesRead, progress.sceneReads)} />
      <Fact name={t('progress.scenes')} value={progress.scenes === null ? null : formatCount(progress.scenes)} />
      <Fact name={t('progress.left')} value={left && formatDurationRange(left.low, left.high)} />
      {clearest && (
        <Fact
          name={t('progress.clearest')}
          value={
            cloud === null
              ? formatDay(clearest.datetime)
              : t('progress.clearestCloud', { day: formatDay(clearest.datetime), cloud: formatPercent(cloud) })
          }
        />
      )}
    </dl>
  );
}

const announceStep = 10;

/** How far a job is, from what really happened. */
export function ProgressCard({ now }: { now: JobNow & { job: StatusInfo } }) {
  const { job, progress, stream } = now;
  const percent = Math.max(percentOf(progress), stream === 'live' ? 0 : (job.progress ?? 0));
  const left = useTimeLeft(now);
  const text = phaseText({ status: job.status, phase: progress.phase });
  const step = Math.floor(percent / announceStep) * announceStep;
  useEffect(() => announce(t('progress.announce', { text, percent: formatPercent(step) })), [text, step]);
  return (
    <section className="card" aria-label={t('progress.title')}>
      <div className="progress-head">
        <h2>{text}</h2>
        <strong className="progress-percent">{formatPercent(percent)}</strong>
      </div>
      <ProgressBar label={t('progress.title')} percent={job.status === 'accepted' ? null : percent} />
      <ProgressFacts progress={progress} left={left} />
      {progress.broken.map(({ id, reason }) => (
        <Notice key={id} tone="warning" title={t('progress.broken', { id, reason })} />
      ))}
      {stream === 'broken' && <p className="quiet">{t('progress.interrupted')}</p>}
      <p className="quiet">{t('progress.leave')}</p>
    </section>
  );
}
