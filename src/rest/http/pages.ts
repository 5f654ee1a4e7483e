import { InvalidInput } from '../../account/refusals.ts';
import type { Item } from './answer.ts';
import type { Fields } from './request.ts';

/** A numbered page, as a caller asks for it. */
export type PageRequest = { readonly page: number; readonly perPage: number };

const perPageMax = 100;
const pageMax = 1_000_000;

/**
 * Reads `page` and `per_page` as the panel does: what cannot be a page is the first; nothing asked is its own default;
 * zero is 15; what is no number is as many as there may be.
 * @throws InvalidInput for fewer than none, which made the panel fail.
 */
export function readPage({ page, per_page }: Fields, perPageDefault: number): PageRequest {
  const asked = typeof page === 'string' && /^[1-9]\d*$/.test(page) ? Number(page) : 1;
  return { page: Math.min(asked, pageMax), perPage: readPerPage(per_page, perPageDefault) };
}

function readPerPage(value: unknown, perPageDefault: number): number {
  if (value === undefined || value === null) return perPageDefault;
  const number = typeof value === 'string' ? Math.trunc(Number(value)) : Number.NaN;
  if (number < 0) throw new InvalidInput([{ field: 'perPage', rule: 'at_least', limit: 0, message: '' }]);
  if (number === 0) return 15;
  return number > 0 ? Math.min(number, perPageMax) : perPageMax;
}

/** A list that has pages. `links` is an object, empty where there is one page. */
export function pagedList(items: readonly Item[], total: number, { page, perPage }: PageRequest, url: URL) {
  const totalPages = Math.max(1, Math.ceil(total / perPage));
  const links = {
    ...(page > 1 ? { previous: pageLink(url, page - 1) } : {}),
    ...(page < totalPages ? { next: pageLink(url, page + 1) } : {}),
  };
  const pagination = { total, count: items.length, per_page: perPage, current_page: page, total_pages: totalPages, links };
  return { object: 'list', data: items, meta: { pagination } };
}

/** The caller's own address with another page, which stands last. */
function pageLink(url: URL, page: number): string {
  const link = new URL(url);
  link.searchParams.delete('page');
  link.searchParams.append('page', String(page));
  return link.href;
}
