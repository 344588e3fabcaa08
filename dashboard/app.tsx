import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { Empty, Page } from './components/index.js';
import { SessionProvider } from './key-entry.js';
import { lazyPage } from './lazy.js';
import { EnvironmentPage, EnvironmentsPage } from './pages/environments/index.js';
import { FleetPage } from './pages/fleet/index.js';
import { JobsPage } from './pages/jobs/index.js';
import { LaunchPage } from './pages/launch/index.js';
import { Link, type Route, useRoute } from './router.js';
import { KeyControl, ThemeControl } from './top-bar.js';

const MAIN = 'main';

// What draws charts is more than all the rest.
const JobPage = lazyPage(async () => (await import('./pages/job/index.js')).JobPage);
const ComparePage = lazyPage(async () => (await import('./pages/compare/index.js')).ComparePage);

/** All of it: the bar at the top, and the page that the address names. */
export function App(): JSX.Element {
  return (
    <SessionProvider>
      <a
        class="skip"
        href={`#${MAIN}`}
        onClick={(event) => {
          event.preventDefault();
          document.getElementById(MAIN)?.focus();
        }}
      >
        Skip to the content
      </a>
      <Frame />
    </SessionProvider>
  );
}

const SECTIONS: readonly { readonly to: string; readonly label: string; readonly routes: readonly Route['name'][] }[] =
  [
    { to: '/', label: 'Jobs', routes: ['jobs', 'job', 'compare'] },
    { to: '/launch', label: 'Launch', routes: ['launch'] },
    { to: '/fleet', label: 'Fleet', routes: ['fleet'] },
    { to: '/environments', label: 'Environments', routes: ['environments', 'environment'] },
  ];

function Frame(): JSX.Element {
  const route = useRoute();
  const main = useRef<HTMLElement>(null);
  const place = placeOf(route);
  const shown = useRef(place);
  useEffect(() => {
    if (shown.current === place) return;
    shown.current = place;
    scrollTo(0, 0);
    // Whoever listens to the page hears where they are now, and goes on from there.
    (main.current?.querySelector<HTMLElement>('h1') ?? main.current)?.focus();
  }, [place]);
  return (
    <>
      <header class="top-bar">
        <Link to="/" class="brand" aria-label="Marlin, all jobs">
          <svg viewBox="0 0 32 32" aria-hidden="true">
            <path d="M4 23C10 23 11 9 16 9C20 9 20 19 28 9" />
          </svg>
          Marlin
        </Link>
        <nav aria-label="Pages">
          {SECTIONS.map(({ to, label, routes }) => (
            <Link key={to} to={to} {...(routes.includes(route.name) ? { 'aria-current': 'page' as const } : {})}>
              {label}
            </Link>
          ))}
        </nav>
        <div class="controls">
          <a class="docs" href="/docs">
            API
          </a>
          <KeyControl />
          <ThemeControl />
        </div>
      </header>
      <main id={MAIN} ref={main} tabIndex={-1}>
        <Shown key={place} route={route} />
      </main>
    </>
  );
}

/** What makes another page of it; a query alone does not, but which jobs are compared. */
function placeOf(route: Route): string {
  if (route.name === 'job' || route.name === 'environment') return `${route.name} ${route.id}`;
  if (route.name === 'compare') return `compare ${route.jobs.join(',')}`;
  return route.name;
}

function Shown({ route }: { readonly route: Route }): JSX.Element {
  switch (route.name) {
    case 'jobs':
      return <JobsPage query={route.query} />;
    case 'launch':
      return <LaunchPage query={route.query} />;
    case 'job':
      return <JobPage id={route.id} />;
    case 'compare':
      return <ComparePage jobs={route.jobs} />;
    case 'fleet':
      return <FleetPage />;
    case 'environments':
      return <EnvironmentsPage />;
    case 'environment':
      return <EnvironmentPage id={route.id} />;
    case 'unknown':
      return (
        <Page title="Not found">
          <Empty title={`There is no page at ${route.path}.`}>
            <Link to="/">All jobs</Link>
          </Empty>
        </Page>
      );
  }
}
