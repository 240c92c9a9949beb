import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { loadPart } from './connection/browser-connection.ts';
import { RootLayout } from './layout/root-layout.tsx';
import { HomePage } from './pages/home-page.tsx';
import { LoginPage } from './pages/login-page.tsx';
import { NotFoundPage } from './pages/not-found-page.tsx';

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

const rootRoute = createRootRoute({ component: RootLayout, notFoundComponent: NotFoundPage });
const homeRoute = createRoute({ getParentRoute: () => rootRoute, path: '/', component: HomePage });
const loginRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/app/login',
  validateSearch: (search): { back?: string } => {
    const back = text(search['back']);
    // Back means to a page of this application, never to another site.
    return back && /^\/app\/[\w/?=&%.-]*$/.test(back) ? { back } : {};
  },
  component: LoginPage,
});
const newRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/app/new',
  component: lazyRouteComponent(() => loadPart(import('./pages/new-job-page.tsx')), 'NewJobPage'),
});
const jobsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/app/jobs',
  component: lazyRouteComponent(() => loadPart(import('./pages/jobs-page.tsx')), 'JobsPage'),
});
const jobRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/app/jobs/$id',
  validateSearch: (search): { share?: string } => {
    const share = text(search['share']);
    return share ? { share } : {};
  },
  component: lazyRouteComponent(() => loadPart(import('./pages/job-page.tsx')), 'JobPage'),
});

/** Texts stay texts in the address: a share key of digits alone is no number. */
const parseSearch = (search: string) => Object.fromEntries(new URLSearchParams(search));
function stringifySearch(search: Record<string, unknown>): string {
  const given = Object.entries(search).filter(([, value]) => typeof value === 'string') as [string, string][];
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}

export const router = createRouter({
  routeTree: rootRoute.addChildren([homeRoute, loginRoute, newRoute, jobsRoute, jobRoute]),
  parseSearch,
  stringifySearch,
  defaultPreload: 'intent',
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
