import { useQuery } from '@tanstack/react-query';
import { getJson } from '../api/client.ts';
import { shareSuffix } from '../api/queries.ts';

export interface LegendEntry {
  value: number;
  name: string;
  title: string;
  color: string;
}

export interface Legend {
  layer: string;
  type: 'class' | 'confidence' | 'rgb';
  entries: LegendEntry[];
}

/** What the colours of a tile layer mean. */
export const useLegend = (layer: string, share?: string) =>
  useQuery({
    queryKey: ['legend', layer, share ?? ''],
    queryFn: ({ signal }) =>
      getJson<Legend>(`/tiles/layers/${encodeURIComponent(layer)}/legend.json${shareSuffix(share)}`, signal),
    staleTime: Infinity,
  });
