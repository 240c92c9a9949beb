import { useQuery } from '@tanstack/react-query';
import { Link, Navigate } from '@tanstack/react-router';
import { lazy } from 'react';
import { demoQuery } from '../api/queries.ts';
import { t } from '../i18n/t.ts';
import { useSession } from '../session/browser-session.ts';
import { useUntilKnown } from '../session/require-login.tsx';
import { PageTitle } from '../ui/page-title.tsx';

const JobView = lazy(() => import('../job/job-view.tsx').then((page) => ({ default: page.JobView })));

function SignInCard() {
  return (
    <section className="card card-accent sign-in">
      <p>{t('home.text')}</p>
      <Link to="/app/login" className="button button-main">
        {t('action.signIn')}
      </Link>
    </section>
  );
}

function Visitor() {
  const demo = useQuery(demoQuery);
  if (demo.isPending) return <p className="quiet">{t('loading')}</p>;
  if (demo.data)
    return (
      <>
        <SignInCard />
        <JobView id={demo.data.job} share={demo.data.share} isDemo />
      </>
    );
  return (
    <>
      <PageTitle title={t('home.title')} />
      <SignInCard />
    </>
  );
}

/** The way in: a visitor sees the demo, whoever is logged in makes a new map. */
export function HomePage() {
  const { status } = useSession();
  useUntilKnown(status === 'unknown');
  if (status === 'in') return <Navigate to="/app/new" replace />;
  return status === 'unknown' ? <p className="quiet">{t('loading')}</p> : <Visitor />;
}
