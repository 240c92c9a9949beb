import type { StatusInfo } from '../api/types.ts';
import { t } from '../i18n/t.ts';
import { errorText, Notice, sentence } from '../ui/notice.tsx';
import { useJobChanges } from './use-job-changes.ts';

/** Why a job has no map, and what to do. */
export function EndedCard({ job, canManage }: { job: StatusInfo; canManage: boolean }) {
  const { retry } = useJobChanges(job.jobID);
  const isFailed = job.status === 'failed';
  return (
    <Notice tone={isFailed ? 'error' : 'warning'} title={t(isFailed ? 'ended.failed' : 'ended.dismissed')}>
      {job.error && <p>{sentence(job.error.message)}</p>}
      {canManage && (
        <div className="actions">
          <button type="button" className="button" disabled={retry.isPending} onClick={() => retry.mutate()}>
            {t('action.retry')}
          </button>
          {job.error && <code className="quiet">{job.error.code}</code>}
        </div>
      )}
      {retry.isError && <p>{errorText(retry.error)}</p>}
      {canManage && <p className="quiet">{t('ended.reuse')}</p>}
    </Notice>
  );
}
