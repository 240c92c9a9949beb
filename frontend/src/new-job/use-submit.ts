import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { api, unwrap } from '../api/client.ts';
import { bodyInputs, quoteQuery, statusQuery } from '../api/queries.ts';
import { keepQuote } from '../job/kept-quote.ts';
import { localStore, windowStore } from '../storage/browser-storage.ts';
import { afterSending, keyOf, writeDraft, type Draft, type Inputs } from './draft.ts';
import type { DraftControl } from './use-draft.ts';

/** Not every address that a page may have lets it use `randomUUID`. */
const newKey = () =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');

/**
 * Sends a draft. The key under which it is sent is kept before, so that after a lost answer or a reload the same request
 * finds the job that it made.
 */
export function useSubmit({ draft, change }: DraftControl) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const send = async (inputs: Inputs) => {
    const body = JSON.stringify(inputs);
    const sent: Draft['sent'] = { key: keyOf(draft, body, newKey), body };
    change({ sent });
    writeDraft(localStore, { ...draft, sent });
    return unwrap(
      await api.POST('/processes/crop-map/execution', {
        params: { header: { 'idempotency-key': sent.key } },
        body: { inputs: bodyInputs(inputs) },
      }),
    );
  };
  return useMutation({
    mutationFn: send,
    onSuccess(job, inputs) {
      const quote = client.getQueryData(quoteQuery(inputs).queryKey);
      if (quote) keepQuote(windowStore, job.jobID, quote);
      // The page of the job has something to show at once.
      client.setQueryData(statusQuery(job.jobID, undefined).queryKey, job);
      change(afterSending);
      void client.invalidateQueries({ queryKey: ['jobs'] });
      void client.invalidateQueries({ queryKey: ['quota'] });
      void navigate({ to: '/app/jobs/$id', params: { id: job.jobID } });
    },
  });
}
