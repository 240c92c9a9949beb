import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, unwrap } from '../api/client.ts';
import { sharesQuery } from '../api/queries.ts';
import type { Share } from '../api/types.ts';
import { formatDay } from '../i18n/format.ts';
import { t, tn } from '../i18n/t.ts';
import { SelectField, TextField } from '../ui/field.tsx';
import { ModalDialog } from '../ui/modal-dialog.tsx';
import { ErrorNotice } from '../ui/notice.tsx';

const lifetimes = [7, 30, 90, 365];

function useShares(id: string) {
  const client = useQueryClient();
  const refresh = () => client.invalidateQueries({ queryKey: ['shares', id] });
  return {
    shares: useQuery(sharesQuery(id)),
    create: useMutation({
      mutationFn: async (days: number) =>
        unwrap(await api.POST('/jobs/{id}/shares', { params: { path: { id } }, body: { days } })),
      onSuccess: refresh,
    }),
    revoke: useMutation({
      mutationFn: async (shareId: string) =>
        unwrap(await api.DELETE('/jobs/{id}/shares/{shareId}', { params: { path: { id, shareId } } })),
      onSuccess: refresh,
    }),
  };
}

/** The link, which is told once. */
function NewLink({ url }: { url: string }) {
  const link = new URL(url, location.origin).href;
  const [told, setTold] = useState<'share.copied' | 'share.notCopied' | null>(null);
  const copy = () =>
    navigator.clipboard.writeText(link).then(
      () => setTold('share.copied'),
      () => setTold('share.notCopied'),
    );
  return (
    <>
      <TextField
        label={t('share.link')}
        hint={t('share.once')}
        readOnly
        value={link}
        onFocus={({ target }) => target.select()}
      />
      {'clipboard' in navigator && (
        <button type="button" className="button" onClick={() => void copy()}>
          {t('share.copy')}
        </button>
      )}
      <p className="quiet" role="status">
        {told && t(told)}
      </p>
    </>
  );
}

function ShareList({ shares, onRevoke }: { shares: Share[]; onRevoke: (id: string) => void }) {
  return (
    <ul className="share-list">
      {shares.map(({ id, expires }) => (
        <li key={id}>
          <span>{t('share.until', { id, day: formatDay(expires) })}</span>
          <button type="button" className="button button-small" onClick={() => onRevoke(id)}>
            {t('share.revoke')}
          </button>
        </li>
      ))}
    </ul>
  );
}

/** Makes a link that shows one job to whoever has it. */
export function ShareDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const { shares, create, revoke } = useShares(id);
  const [days, setDays] = useState(30);
  const failed = [create, revoke, shares].find(({ isError }) => isError);
  return (
    <ModalDialog title={t('share.title')} onClose={onClose}>
      <p>{t('share.text')}</p>
      <SelectField label={t('share.days')} value={days} onChange={({ target }) => setDays(Number(target.value))}>
        {lifetimes.map((each) => (
          <option key={each} value={each}>
            {tn('share.lifetime', each)}
          </option>
        ))}
      </SelectField>
      {failed && <ErrorNotice error={failed.error} />}
      {create.data && <NewLink key={create.data.url} url={create.data.url} />}
      {shares.data && shares.data.length > 0 && <ShareList shares={shares.data} onRevoke={revoke.mutate} />}
      <div className="actions actions-end">
        <button type="button" className="button" onClick={onClose}>
          {t('action.close')}
        </button>
        <button
          type="button"
          className="button button-main"
          disabled={create.isPending}
          onClick={() => create.mutate(days)}
        >
          {t('share.create')}
        </button>
      </div>
    </ModalDialog>
  );
}
