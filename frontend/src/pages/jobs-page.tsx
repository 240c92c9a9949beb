import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { jobsQuery, quotaQuery } from '../api/queries.ts';
import type { JobState } from '../api/types.ts';
import { formatCount } from '../i18n/format.ts';
import { t } from '../i18n/t.ts';
import { JobRow } from '../jobs/job-row.tsx';
import { RequireLogin } from '../session/require-login.tsx';
import { SelectField } from '../ui/field.tsx';
import { ErrorNotice } from '../ui/notice.tsx';
import { PageTitle } from '../ui/page-title.tsx';

const states = ['accepted', 'running', 'successful', 'failed', 'dismissed'] as const;

/** What of a quota is used, null where there is no limit. */
function QuotaLine() {
  const { data } = useQuery(quotaQuery);
  if (!data) return null;
  const used = formatCount(data.used);
  if (data.limit === null || data.kind === 'none') return <p className="quiet">{t('quota.none', { used })}</p>;
  return (
    <div className="quota">
      <p className="quiet">{t(`quota.${data.kind}`, { used, limit: formatCount(data.limit) })}</p>
      <meter aria-label={t('quota.label')} min={0} max={data.limit} value={data.used} high={data.limit * 0.8} />
    </div>
  );
}

function Empty({ isFiltered }: { isFiltered: boolean }) {
  if (isFiltered) return <p className="quiet">{t('jobs.noneOfState')}</p>;
  return (
    <div className="empty">
      <p>{t('jobs.none')}</p>
      <Link to="/app/new" className="button button-main">
        {t('nav.new')}
      </Link>
    </div>
  );
}

function JobList({ state }: { state: JobState | '' }) {
  const pages = useInfiniteQuery(jobsQuery(state));
  if (pages.isPending) return <p className="quiet">{t('loading')}</p>;
  if (!pages.data) return <ErrorNotice error={pages.error} onRetry={() => void pages.refetch()} />;
  const jobs = pages.data.pages.flatMap((page) => page.jobs);
  if (jobs.length === 0) return <Empty isFiltered={state !== ''} />;
  return (
    <>
      <ul className="job-list">
        {jobs.map((job) => (
          <JobRow key={job.jobID} job={job} />
        ))}
      </ul>
      {pages.isError && <ErrorNotice error={pages.error} onRetry={() => void pages.refetch()} />}
      {pages.hasNextPage && (
        <button
          type="button"
          className="button"
          disabled={pages.isFetchingNextPage}
          onClick={() => void pages.fetchNextPage()}
        >
          {t('jobs.more')}
        </button>
      )}
    </>
  );
}

function Jobs() {
  const [state, setState] = useState<JobState | ''>('');
  return (
    <>
      <PageTitle title={t('jobs.title')}>
        <QuotaLine />
      </PageTitle>
      <SelectField
        label={t('jobs.filter')}
        value={state}
        onChange={({ target }) => setState(states.find((each) => each === target.value) ?? '')}
      >
        <option value="">{t('jobs.all')}</option>
        {states.map((each) => (
          <option key={each} value={each}>
            {t(`state.${each}`)}
          </option>
        ))}
      </SelectField>
      <JobList state={state} />
    </>
  );
}

/** One's jobs; an admin's are everybody's. */
export function JobsPage() {
  return (
    <RequireLogin>
      <Jobs />
    </RequireLogin>
  );
}
