import type { UseQueryResult } from '@tanstack/react-query';
import type { Report } from '#shared/domain/report.ts';
import type { ProcessDescription, StatusInfo, TileLayer } from '../api/types.ts';
import { formatMoment, formatNumber } from '../i18n/format.ts';
import { t } from '../i18n/t.ts';
import { ErrorNotice, Notice } from '../ui/notice.tsx';
import { PageTitle } from '../ui/page-title.tsx';
import { Downloads } from './downloads.tsx';
import { EndedCard } from './ended-card.tsx';
import { JobActions } from './job-actions.tsx';
import { middleOf, type ShownRequest } from './job-request.ts';
import { LegendCard } from './legend-card.tsx';
import { LookCard } from './look-card.tsx';
import { ProgressCard } from './progress-card.tsx';
import { Provenance } from './provenance.tsx';
import { ScenesCard } from './scenes-card.tsx';
import { StateBadge } from './state-badge.tsx';
import { isOpen, type JobNow } from './use-job.ts';
import type { LookControl } from './use-look.ts';

interface Props extends LookControl {
  now: JobNow & { job: StatusInfo };
  share: string | undefined;
  isDemo: boolean;
  request: ShownRequest;
  process: ProcessDescription | undefined;
  report: UseQueryResult<Report>;
  beneath: TileLayer[];
  hasBaselineList: boolean;
}

function placeText({ area }: ShownRequest): string {
  if (!area) return '';
  const { lon, lat } = middleOf(area);
  return t('job.place', { lat: formatNumber(lat, 3), lon: formatNumber(lon, 3) });
}

function JobTitle({ now, request, process, isDemo }: Props) {
  const season = process?.seasons.find(({ name }) => name === request.season)?.title ?? request.season;
  const source = process?.sources.find(({ id }) => id === now.job.source)?.title ?? now.job.source;
  return (
    <PageTitle title={t(isDemo ? 'job.demoTitle' : 'job.title', { season, year: String(request.year ?? '') })}>
      <p className="job-facts">
        <StateBadge state={now.job.status} />
        <span>{placeText(request)}</span>
        <span>{formatMoment(now.job.created)}</span>
      </p>
      <p className="job-source">{source}</p>
    </PageTitle>
  );
}

/** How it stands with a job. */
function JobNews({ now, share, report }: Props) {
  const { job } = now;
  const hasNoMap = job.status === 'failed' || job.status === 'dismissed';
  return (
    <>
      {now.error !== null && <Notice tone="warning" title={t('job.stale')} />}
      {isOpen(job) && <ProgressCard now={now} />}
      {hasNoMap && <EndedCard job={job} canManage={share === undefined} />}
      {report.isError && <ErrorNotice error={report.error} onRetry={() => void report.refetch()} />}
    </>
  );
}

/** What the map shows, and how. */
function MapCards(props: Props) {
  const { now, share, process, request, report, look, change, beneath, hasBaselineList } = props;
  const { job, progress } = now;
  const { clearest } = progress;
  const isDone = job.status === 'successful';
  const hasMap = isDone || progress.chunksDone > 0;
  const model = process?.models.find(({ name }) => name === request.model);
  if (!hasMap && !clearest && !isOpen(job)) return null;
  const ground = { beneath, hasBaselineList, clearest, hasMap };
  return (
    <>
      <LegendCard report={report.data} model={model} isDone={isDone} job={job.jobID} share={share} show={look.show} />
      <LookCard look={look} change={change} {...ground} />
    </>
  );
}

/** All that is said of a job beside the map. */
export function JobPanel(props: Props) {
  const { now, share, report } = props;
  const { job } = now;
  return (
    <>
      <JobTitle {...props} />
      <JobNews {...props} />
      <MapCards {...props} />
      {report.data?.warnings.map((warning) => (
        <Notice key={warning} tone="warning" title={warning} />
      ))}
      {report.data && <ScenesCard report={report.data} />}
      {job.status === 'successful' && <Downloads id={job.jobID} share={share} report={report.data} />}
      {report.data && <Provenance report={report.data} />}
      {share === undefined && <JobActions job={job} />}
    </>
  );
}
