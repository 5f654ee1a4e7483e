import { routes } from '../routes/routes.ts';
import type { Answer } from './answer.ts';
import { failure } from './errors.ts';
import type { Route } from './route.ts';

/** A route, and what stands in its path where it has a parameter. */
export type Match = { readonly route: Route; readonly parameter: string };

const prefix = '/api/client';

/** Every route of a path, whatever its method. A path in full goes before one with a parameter. */
export function findRoutes(pathname: string): Match[] {
  const matches = routes.flatMap((route) => matchPath(route, pathname));
  const inFull = matches.filter(({ parameter }) => parameter === '');
  return inFull.length > 0 ? inFull : matches;
}

export function unknownRoute(pathname: string): Answer {
  return failure(404, 'NotFoundHttpException', `The route ${pathname.slice(1)} could not be found.`);
}

/** Says which methods a path has. A plain OPTIONS asks just that. */
export function wrongMethod(method: string, pathname: string, matches: readonly Match[]): Answer {
  const methods = matches.flatMap(({ route }) => (route.method === 'GET' ? ['GET', 'HEAD'] : [route.method]));
  const allowed = order.filter((name) => methods.includes(name));
  if (method === 'OPTIONS') return { status: 200, headers: { allow: allowed.join(',') } };
  const detail = `The ${method} method is not supported for route ${pathname.slice(1)}. Supported methods: ${allowed.join(', ')}.`;
  return { ...failure(405, 'MethodNotAllowedHttpException', detail), headers: { allow: allowed.join(', ') } };
}

const order = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

function matchPath(route: Route, pathname: string): Match[] {
  const [before = '', after] = `${prefix}${route.path}`.split(/\{\w+\}/);
  if (after === undefined) return pathname === before ? [{ route, parameter: '' }] : [];
  const rest = pathname.startsWith(before) ? pathname.slice(before.length) : '';
  // A fingerprint may hold a slash, and callers do not always escape it.
  const isParameter = rest !== '' && (route.path.endsWith('{fingerprint}') || !rest.includes('/'));
  return isParameter ? [{ route, parameter: decode(rest) }] : [];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
