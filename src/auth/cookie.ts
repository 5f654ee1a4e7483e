/** The cookie of sessions: its name, and how it is read and written. */
export type SessionCookie = {
  /** The token a request carries, or null. */
  read(request: Request): string | null;
  /** The header that makes a browser keep a token until a moment. */
  write(token: string, expiresAt: Date): string;
  /** The header that makes a browser forget it. */
  clear(): string;
};

/**
 * The cookie for where the gateway is reached: over https it is Secure and `__Host-`, so that neither a page without TLS
 * nor a neighbour on the same domain can set or see it. Never readable by scripts; sent by other sites' links alone.
 */
export function createSessionCookie(appUrl: URL): SessionCookie {
  const isSecure = appUrl.protocol === 'https:';
  const name = isSecure ? '__Host-gateway_session' : 'gateway_session';
  const attributes = `; Path=/; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`;
  return {
    read: (request) => {
      const pairs = (request.headers.get('cookie') ?? '').split(';').map((pair) => pair.trim());
      return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1) || null;
    },
    write: (token, expiresAt) => `${name}=${token}${attributes}; Expires=${expiresAt.toUTCString()}`,
    clear: () => `${name}=${attributes}; Max-Age=0`,
  };
}
