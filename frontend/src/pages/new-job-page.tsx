import { RequireLogin } from '../session/require-login.tsx';
import { NewJob } from '../new-job/new-job.tsx';

/** Where a map is asked for. */
export function NewJobPage() {
  return (
    <RequireLogin>
      <NewJob />
    </RequireLogin>
  );
}
