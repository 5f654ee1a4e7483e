import { routes } from '../routes/routes.ts';
import type { Answer } from './answer.ts';
import { failure } from './errors.ts';
import type { Route } from './route.ts';

/** A route, and the parameter in its path; empty where it has none. */
export type Match = { readonly route: Route; readonly parameter: string };

const prefix = '/api/client';

/** The routes of a path, one for each method. A path without a parameter goes before one with a parameter. */
export function findRoutes(pathname: string): Match[] {
  const exact = routes.filter(({ path }) => prefix + path === pathname);
  if (exact.length > 0) return exact.map((route) => ({ route, parameter: '' }));
  return routes.flatMap((route) => {
    const [before = '', name] = `${prefix}${route.path}`.split('{');
    const rest = pathname.slice(before.length);
    // A fingerprint can contain slashes, and not every client escapes them.
    const isParameter = name !== undefined && rest !== '' && (name === 'fingerprint}' || !rest.includes('/'));
    return isParameter && pathname.startsWith(before) ? [{ route, parameter: decode(rest) }] : [];
  });
}

export function unknownRoute(pathname: string): Answer {
  return failure(404, 'NotFoundHttpException', `The route ${pathname.slice(1)} could not be found.`);
}

/** The answer to a method that the path does not have, OPTIONS included: the methods that it has. */
export function wrongMethod(method: string, pathname: string, matches: readonly Match[]): Answer {
  const methods = matches.flatMap(({ route }) => (route.method === 'GET' ? ['GET', 'HEAD'] : [route.method]));
  const allowed = order.filter((name) => methods.includes(name));
  if (method === 'OPTIONS') return { status: 200, headers: { allow: allowed.join(',') } };
  const detail = `The ${method} method is not supported for route ${pathname.slice(1)}. Supported methods: ${allowed.join(', ')}.`;
  return { ...failure(405, 'MethodNotAllowedHttpException', detail), headers: { allow: allowed.join(', ') } };
}

const order = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
