import { z } from 'zod';
import { negativePerPage, pageOf, pageParameters, readPage, toPage } from '../http/pages.ts';
import { type Route, readRoute } from '../http/route.ts';
import { field, item, itemOf } from '../http/wire.ts';

const perPageDefault = 50;
const emptyPage = toPage([], 0, readPage({}, perPageDefault), new URL('http://127.0.0.1'));
const serverPageSchema = field(pageOf(z.never(), perPageDefault), 'A page without servers.', emptyPage);
const permissionsSchema = itemOf('system_permissions', { permissions: field(z.object({}), 'No permissions.', {}) });

/** Clients of the panel read the servers first. The gateway has none. */
export const serverRoutes: readonly Route[] = [
  readRoute({
    method: 'GET',
    path: '',
    summary: 'Servers: an empty list',
    query: pageParameters,
    badQueries: [negativePerPage],
    answer: serverPageSchema.meta({ id: 'ServerPage' }),
    run: async ({ fields, url }) => toPage([], 0, readPage(fields, perPageDefault), url),
  }),
  readRoute({
    method: 'GET',
    path: '/permissions',
    summary: 'Permissions on servers: an empty object',
    answer: permissionsSchema.meta({ id: 'Permissions' }),
    run: async () => item('system_permissions', { permissions: {} }),
  }),
];
