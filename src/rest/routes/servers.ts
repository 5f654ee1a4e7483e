import { type Item, item } from '../http/answer.ts';
import { pagedList, readPage } from '../http/pages.ts';
import type { Fields } from '../http/request.ts';

/** Clients ask for servers before anything else; an account has none here. */
export function serverPage(fields: Fields, url: URL) {
  return pagedList([], 0, readPage(fields, 50), url);
}

/** No servers, no permissions on them. */
export function permissionsItem(): Item {
  return item('system_permissions', { permissions: {} });
}
