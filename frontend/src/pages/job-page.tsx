import { useParams, useSearch } from '@tanstack/react-router';
import { JobView } from '../job/job-view.tsx';
import { RequireLogin } from '../session/require-login.tsx';

/** One job, to its owner or to whoever has the key of a share. */
export function JobPage() {
  const { id } = useParams({ from: '/app/jobs/$id' });
  const { share } = useSearch({ from: '/app/jobs/$id' });
  const view = <JobView key={id} id={id} share={share} isDemo={false} />;
  return share === undefined ? <RequireLogin>{view}</RequireLogin> : view;
}
