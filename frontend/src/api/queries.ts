import { queryOptions, infiniteQueryOptions } from '@tanstack/react-query';
import type { Report } from '#shared/domain/report.ts';
import type { Inputs } from '../new-job/draft.ts';
import { ApiError } from './api-error.ts';
import { api, getJson, unwrap } from './client.ts';
import type { JobState, Settings } from './types.ts';

const minute = 60_000;

/** A query with the key of a share where there is one. */
export const shareQuery = (share: string | undefined) => (share === undefined ? {} : { share });
export const shareSuffix = (share: string | undefined) =>
  share === undefined ? '' : `?share=${encodeURIComponent(share)}`;

export const processQuery = queryOptions({
  queryKey: ['process'],
  queryFn: async ({ signal }) => unwrap(await api.GET('/processes/crop-map', { signal })),
  staleTime: 10 * minute,
});

export const statusQuery = (id: string, share: string | undefined) =>
  queryOptions({
    queryKey: ['status', id, share ?? ''],
    queryFn: async ({ signal }) =>
      unwrap(await api.GET('/status/{id}', { params: { path: { id }, query: shareQuery(share) }, signal })),
  });

export const reportQuery = (id: string, share: string | undefined) =>
  queryOptions({
    queryKey: ['report', id, share ?? ''],
    queryFn: ({ signal }) => getJson<Report>(`/status/${id}/results/report.json${shareSuffix(share)}`, signal),
    staleTime: Infinity,
  });

export const baselinesQuery = queryOptions({
  queryKey: ['baselines'],
  queryFn: async ({ signal }) => unwrap(await api.GET('/tiles/layers', { signal })).layers,
  staleTime: 10 * minute,
});

export const jobsQuery = (state: JobState | '') =>
  infiniteQueryOptions({
    queryKey: ['jobs', state],
    queryFn: async ({ pageParam, signal }) =>
      unwrap(
        await api.GET('/jobs', {
          params: {
            query: { limit: 20, ...(state ? { status: state } : {}), ...(pageParam ? { after: pageParam } : {}) },
          },
          signal,
        }),
      ),
    initialPageParam: '',
    getNextPageParam: ({ links }) => {
      const next = links.find(({ rel }) => rel === 'next');
      return next ? new URL(next.href, location.origin).searchParams.get('after') : null;
    },
    refetchInterval: ({ state: { data } }) =>
      data?.pages.some(({ jobs }) => jobs.some(({ status }) => status === 'accepted' || status === 'running'))
        ? 10_000
        : false,
  });

export const quotaQuery = queryOptions({
  queryKey: ['quota'],
  queryFn: async ({ signal }) => unwrap(await api.GET('/jobs/quota', { signal })),
});

export const sharesQuery = (id: string) =>
  queryOptions({
    queryKey: ['shares', id],
    queryFn: async ({ signal }) =>
      unwrap(await api.GET('/jobs/{id}/shares', { params: { path: { id } }, signal })).shares,
  });

export const quoteQuery = (inputs: Inputs | null) =>
  queryOptions({
    queryKey: ['quote', inputs],
    queryFn: async ({ signal }) =>
      unwrap(await api.POST('/processes/crop-map/quote', { body: { inputs: bodyInputs(inputs!) }, signal })),
    enabled: inputs !== null,
    staleTime: 5 * minute,
    gcTime: 5 * minute,
    refetchOnWindowFocus: false,
  });

export const bodyInputs = (inputs: Inputs) => ({ ...inputs, onBrokenScene: 'fail' as const });

/** The demo of this deployment, null where it has none. */
export const demoQuery = queryOptions({
  queryKey: ['demo'],
  queryFn: ({ signal }) =>
    getJson<{ job: string; share: string }>('/demo.json', signal).catch((error: unknown) => {
      if (error instanceof ApiError && error.status === 404) return null;
      throw error;
    }),
  staleTime: 10 * minute,
});

export const settingsQuery = queryOptions({
  queryKey: ['settings'],
  queryFn: ({ signal }) => getJson<Settings>('/settings.json', signal),
  staleTime: Infinity,
});

export const legendQuery = (layer: string, share: string | undefined) =>
  queryOptions({
    queryKey: ['legend', layer, share ?? ''],
    queryFn: async ({ signal }) =>
      unwrap(
        await api.GET('/tiles/layers/{layer}/legend.json', {
          params: { path: { layer }, query: shareQuery(share) },
          signal,
        }),
      ),
    staleTime: Infinity,
  });
