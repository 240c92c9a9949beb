import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, unwrap } from '../api/client.ts';

/** Cancelling, deleting and repeating a job; all that shows jobs hears of it. */
export function useJobChanges(id: string) {
  const client = useQueryClient();
  const refresh = (...keys: string[][]) => Promise.all(keys.map((queryKey) => client.invalidateQueries({ queryKey })));
  const lists = [['jobs'], ['quota']];
  const path = { params: { path: { id } } };
  const remove = async () => unwrap(await api.DELETE('/jobs/{id}', path));
  return {
    cancel: useMutation({ mutationFn: remove, onSuccess: () => refresh(['status', id], ...lists) }),
    /** Of a job that has ended; its own page has nothing more to ask. */
    remove: useMutation({ mutationFn: remove, onSuccess: () => refresh(...lists) }),
    retry: useMutation({
      mutationFn: async () => unwrap(await api.POST('/jobs/{id}/retry', path)),
      onSuccess: () => refresh(['status', id], ...lists),
    }),
  };
}
