import { useState } from 'react';
import type { StatusInfo } from '../api/types.ts';
import { t } from '../i18n/t.ts';
import { ConfirmDialog, ModalDialog } from '../ui/modal-dialog.tsx';
import { ErrorNotice } from '../ui/notice.tsx';
import { isOpen } from './use-job.ts';
import { useJobChanges } from './use-job-changes.ts';

const texts = {
  cancel: { title: 'cancel.title', text: 'cancel.text', action: 'cancel.action', late: 'cancel.late' },
  remove: { title: 'delete.title', text: 'delete.text', action: 'delete.action', late: 'delete.late' },
} as const;

export type Intent = keyof typeof texts;

/** What is left to do to a job: an open one is cancelled, one that has ended is deleted. */
export const intentOf = (job: StatusInfo): Intent => (isOpen(job) ? 'cancel' : 'remove');

interface Props {
  job: StatusInfo;
  onClose: () => void;
  onRemoved: (intent: Intent) => void;
}

function TooLate({ intent, onClose }: { intent: Intent; onClose: () => void }) {
  return (
    <ModalDialog title={t(texts[intent].title)} onClose={onClose} isAlert>
      <p role="status">{t(texts[intent].late)}</p>
      <div className="actions actions-end">
        <button type="button" className="button" autoFocus onClick={onClose}>
          {t('action.close')}
        </button>
      </div>
    </ModalDialog>
  );
}

/** Asks, then cancels an open job or deletes one that has ended: what was asked for when it was opened, or nothing. */
export function RemoveDialog({ job, onClose, onRemoved }: Props) {
  const [intent] = useState(() => intentOf(job));
  const change = useJobChanges(job.jobID)[intent];
  const { title, text, action } = texts[intent];
  const isAnswered = change.isPending || change.isSuccess;
  if (!isAnswered && intentOf(job) !== intent) return <TooLate intent={intent} onClose={onClose} />;
  return (
    <ConfirmDialog
      title={t(title)}
      text={t(text)}
      action={t(action)}
      isBusy={isAnswered}
      error={change.isError && <ErrorNotice error={change.error} />}
      onClose={onClose}
      onConfirm={() => change.mutate(undefined, { onSuccess: () => onRemoved(intent) })}
    />
  );
}
