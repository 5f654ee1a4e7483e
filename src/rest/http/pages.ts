import { z } from 'zod';
import { BadRequest, invalidInput } from './errors.ts';
import type { Fields } from './request.ts';
import { validationError } from './validation.ts';
import { field, list, listOf } from './wire.ts';

/** A numbered page, as the query names it. */
export type PageRequest = { readonly page: number; readonly perPage: number };

const perPageMax = 100;
const pageMax = 1_000_000;

/** The query parameters of a list with pages. */
export const pageParameters = {
  page: field(z.int().min(1).max(pageMax), 'The page, from 1. Another value is read as 1.', 2),
  per_page: field(z.int().min(0).max(perPageMax), 'Items per page. Zero is read as 15. A negative number is refused.', 50),
};

/** The panel fails with 500 here. */
const perPageError = validationError('per_page', 'min', 'The per page must be at least 0.');
export const negativePerPage = new BadRequest('InvalidInput', invalidInput([perPageError]));

const count = z.int().min(0);
const link = z.url().optional();

/** The schema of a list with pages. */
export function pageOf<Item extends z.ZodType>(item: Item, perPage: number) {
  const pagination = z.object({
    total: field(count, 'Items on all pages.', 1),
    count: field(count, 'Items on this page.', 1),
    per_page: field(count, 'The maximum of items on a page.', perPage),
    current_page: field(count, 'The number of this page.', 1),
    total_pages: field(count, 'Pages, at least 1.', 1),
    links: field(z.object({ previous: link, next: link }), 'The addresses of the pages before and after, where they exist.', {}),
  });
  return listOf(item).extend({ meta: z.object({ pagination }) });
}

/** A list with pages. */
export function toPage<Item>(data: Item[], total: number, { page, perPage }: PageRequest, url: URL) {
  const totalPages = Math.max(1, Math.ceil(total / perPage));
  const links = {
    ...(page > 1 ? { previous: pageLink(url, page - 1) } : {}),
    ...(page < totalPages ? { next: pageLink(url, page + 1) } : {}),
  };
  const pagination = { total, count: data.length, per_page: perPage, current_page: page, total_pages: totalPages, links };
  return { ...list(data), meta: { pagination } };
}

/**
 * Reads `page` and `per_page` as the panel does. A page that is not a number is the first. A missing `per_page` is the
 * default of the list, zero is 15, and what is not a number is the maximum.
 * @throws negativePerPage.
 */
export function readPage({ page, per_page }: Fields, perPageDefault: number): PageRequest {
  const asked = typeof page === 'string' && /^[1-9]\d*$/.test(page) ? Number(page) : 1;
  return { page: Math.min(asked, pageMax), perPage: readPerPage(per_page, perPageDefault) };
}

function readPerPage(value: unknown, perPageDefault: number): number {
  if (value === undefined || value === null) return perPageDefault;
  const number = typeof value === 'string' ? Math.trunc(Number(value)) : Number.NaN;
  if (number < 0) throw negativePerPage;
  if (number === 0) return 15;
  return number > 0 ? Math.min(number, perPageMax) : perPageMax;
}

/** The address of the request with another `page`, which is the last parameter. */
function pageLink(url: URL, page: number): string {
  const target = new URL(url);
  target.searchParams.delete('page');
  target.searchParams.append('page', String(page));
  return target.href;
}
