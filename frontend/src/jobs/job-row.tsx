import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useQuery } from '@tanstack/react-query';
import { processQuery } from '../api/queries.ts';
import type { StatusInfo } from '../api/types.ts';
import { formatMoment, formatNumber } from '../i18n/format.ts';
import { t } from '../i18n/t.ts';
import { middleOf, shownRequest } from '../job/job-request.ts';
import { RemoveDialog } from '../job/remove-dialog.tsx';
import { StateBadge } from '../job/state-badge.tsx';
import { isOpen } from '../job/use-job.ts';
import { useJobChanges } from '../job/use-job-changes.ts';
import { errorText } from '../ui/notice.tsx';

function useTexts(job: StatusInfo): { title: string; place: string } {
  const { data } = useQuery(processQuery);
  const { season, year, area } = shownRequest(job.request);
  const title = data?.seasons.find(({ name }) => name === season)?.title ?? season;
  const middle = area && middleOf(area);
  const place = middle && t('job.place', { lat: formatNumber(middle.lat, 3), lon: formatNumber(middle.lon, 3) });
  return { title: `${title} ${year ?? ''}`, place: place ?? '' };
}

/** A job in the list, with what can be done to it. */
export function JobRow({ job }: { job: StatusInfo }) {
  const [isRemoving, setRemoving] = useState(false);
  const { retry } = useJobChanges(job.jobID);
  const { title, place } = useTexts(job);
  const canRetry = job.status === 'failed' || job.status === 'dismissed';
  return (
    <li className="job-row">
      <Link to="/app/jobs/$id" params={{ id: job.jobID }} className="job-link">
        <strong>{title}</strong>
        <span className="job-facts">
          <StateBadge state={job.status} />
          <span>{place}</span>
          <span>{formatMoment(job.created)}</span>
          {job.owner && <span>{t('jobs.owner', { name: job.owner })}</span>}
        </span>
      </Link>
      {job.error && <p className="job-error">{job.error.message}</p>}
      <div className="actions">
        {canRetry && (
          <button
            type="button"
            className="button button-small"
            disabled={retry.isPending}
            onClick={() => retry.mutate()}
          >
            {t('action.retry')}
          </button>
        )}
        <button type="button" className="button button-small" onClick={() => setRemoving(true)}>
          {t(isOpen(job) ? 'cancel.action' : 'delete.action')}
        </button>
      </div>
      {retry.isError && <p className="field-problem">{errorText(retry.error)}</p>}
      {isRemoving && <RemoveDialog job={job} onClose={() => setRemoving(false)} onRemoved={() => setRemoving(false)} />}
    </li>
  );
}
