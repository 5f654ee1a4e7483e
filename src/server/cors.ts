type CorsRequest = {
  readonly method: string;
  /** A header, by its name in lower case. */
  header(name: string): string | undefined;
};

/** Whether a browser asks beforehand what another origin may send. */
export function isPreflight({ method, header }: CorsRequest): boolean {
  return method === 'OPTIONS' && header('access-control-request-method') !== undefined;
}

/** Headers that let pages of the configured origins call with credentials. No other origin is ever repeated. */
export function allowOrigin({ header }: CorsRequest, origins: readonly string[]): Record<string, string> {
  const origin = header('origin');
  if (origin === undefined || !origins.includes(origin)) return {};
  const requestHeaders = header('access-control-request-headers');
  return {
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
    'access-control-allow-methods': 'GET, POST, PUT, PATCH, DELETE, HEAD',
    'access-control-expose-headers': 'X-Request-Id, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, Retry-After',
    'access-control-max-age': '600',
    ...(requestHeaders === undefined ? {} : { 'access-control-allow-headers': requestHeaders, vary: 'Access-Control-Request-Headers' }),
  };
}
