import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { StatusInfo } from '../api/types.ts';
import { t } from '../i18n/t.ts';
import { ConfirmDialog } from '../ui/modal-dialog.tsx';
import { ErrorNotice } from '../ui/notice.tsx';
import { ShareDialog } from './share-dialog.tsx';
import { isOpen } from './use-job.ts';
import { useJobChanges } from './use-job-changes.ts';

const texts = {
  cancel: { title: 'cancel.title', text: 'cancel.text', action: 'cancel.action' },
  delete: { title: 'delete.title', text: 'delete.text', action: 'delete.action' },
} as const;

/** Asks, then cancels an open job or deletes one that has ended. */
export function RemoveDialog(props: { job: StatusInfo; onClose: () => void; onRemoved: () => void }) {
  const { job, onClose, onRemoved } = props;
  const { cancel, remove } = useJobChanges(job.jobID);
  const change = isOpen(job) ? cancel : remove;
  const { title, text, action } = texts[isOpen(job) ? 'cancel' : 'delete'];
  return (
    <ConfirmDialog
      title={t(title)}
      text={t(text)}
      action={t(action)}
      isBusy={change.isPending}
      error={change.isError && <ErrorNotice error={change.error} />}
      onClose={onClose}
      onConfirm={() => change.mutate(undefined, { onSuccess: onRemoved })}
    />
  );
}

/** What the owner of a job can do with it. */
export function JobActions({ job }: { job: StatusInfo }) {
  const [dialog, setDialog] = useState<'share' | 'remove' | null>(null);
  const navigate = useNavigate();
  const close = () => setDialog(null);
  const wasOpen = isOpen(job);
  return (
    <div className="actions">
      {(wasOpen || job.status === 'successful') && (
        <button type="button" className="button" onClick={() => setDialog('share')}>
          {t('share.open')}
        </button>
      )}
      <button type="button" className="button" onClick={() => setDialog('remove')}>
        {t(wasOpen ? 'cancel.action' : 'delete.action')}
      </button>
      {dialog === 'share' && <ShareDialog id={job.jobID} onClose={close} />}
      {dialog === 'remove' && (
        <RemoveDialog
          job={job}
          onClose={close}
          onRemoved={() => (wasOpen ? close() : void navigate({ to: '/app/jobs' }))}
        />
      )}
    </div>
  );
}
