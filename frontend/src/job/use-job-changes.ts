import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, unwrap } from '../api/client.ts';

/** Cancelling, deleting and repeating a job; all that shows jobs hears of it. */
export function useJobChanges(id: string) {
  const client = useQueryClient();
  const refresh = (...keys: string[][]) => Promise.all(keys.map((queryKey) => client.invalidateQueries({ queryKey })));
  const lists = [['jobs'], ['quota']];
  const path = { params: { path: { id } } };
  const end = (of: 'open' | 'ended') => async () =>
    unwrap(await api.DELETE('/jobs/{id}', { params: { path: { id }, query: { if: of } } }));
  const all = () => refresh(['status', id], ...lists);
  /** A refusal means that the job is not what it was thought to be; it is told before the answer to that is there. */
  const lookAgain = () => void all();
  return {
    cancel: useMutation({ mutationFn: end('open'), onSuccess: all, onError: lookAgain }),
    /** Of a job that has ended; its own page has nothing more to ask. */
    remove: useMutation({ mutationFn: end('ended'), onSuccess: () => refresh(...lists), onError: lookAgain }),
    retry: useMutation({
      mutationFn: async () => unwrap(await api.POST('/jobs/{id}/retry', path)),
      onSuccess: all,
    }),
  };
}
