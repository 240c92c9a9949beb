import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { StatusInfo } from '../api/types.ts';
import { t } from '../i18n/t.ts';
import { RemoveDialog } from './remove-dialog.tsx';
import { ShareDialog } from './share-dialog.tsx';
import { isOpen } from './use-job.ts';

/** What the owner of a job can do with it. */
export function JobActions({ job }: { job: StatusInfo }) {
  const [dialog, setDialog] = useState<'share' | 'remove' | null>(null);
  const navigate = useNavigate();
  const close = () => setDialog(null);
  return (
    <div className="actions">
      {(isOpen(job) || job.status === 'successful') && (
        <button type="button" className="button" onClick={() => setDialog('share')}>
          {t('share.open')}
        </button>
      )}
      <button type="button" className="button" onClick={() => setDialog('remove')}>
        {t(isOpen(job) ? 'cancel.action' : 'delete.action')}
      </button>
      {dialog === 'share' && <ShareDialog id={job.jobID} onClose={close} />}
      {dialog === 'remove' && (
        <RemoveDialog
          job={job}
          onClose={close}
          onRemoved={(intent) => (intent === 'cancel' ? close() : void navigate({ to: '/app/jobs' }))}
        />
      )}
    </div>
  );
}
