/** A URL without a slash at its end, for others to append a path to. */
export function writeUrl(url: URL): string {
  return `${url.origin}${pathOf(url)}`;
}

/** The URL of a request by another base: as clients reach it, and not as a proxy passed it on. */
export function moveUrl({ pathname, search }: URL, base: URL): URL {
  const moved = new URL(base.origin);
  moved.pathname = `${pathOf(base)}${pathname}`;
  moved.search = search;
  return moved;
}

/** The path of a URL without a slash at its end. */
export function pathOf({ pathname }: URL): string {
  return pathname.endsWith('/') ? pathname.slice(0, -1) : pathname;
}
