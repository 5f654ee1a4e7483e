/** The session cookie: its name and its attributes. */
export type SessionCookie = {
  /** The token in a Cookie header; null without one. */
  read(header: string | undefined): string | null;
  /** The Set-Cookie header that makes a browser keep a token until a time. */
  write(token: string, expiresAt: Date): string;
  /** The Set-Cookie header that makes a browser remove the cookie. */
  clear(): string;
};

/**
 * Creates the cookie for the gateway's origin. Over https it is Secure and `__Host-`, so that neither a page without TLS
 * nor another host of the domain can set or read it. Scripts cannot read it; requests of other sites carry it in links alone.
 */
export function createSessionCookie(appUrl: URL): SessionCookie {
  const isSecure = appUrl.protocol === 'https:';
  const name = isSecure ? '__Host-gateway_session' : 'gateway_session';
  const attributes = `; Path=/; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`;
  return {
    read: (header = '') => {
      const pairs = header.split(';').map((pair) => pair.trim());
      return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1) || null;
    },
    write: (token, expiresAt) => `${name}=${token}${attributes}; Expires=${expiresAt.toUTCString()}`,
    clear: () => `${name}=${attributes}; Max-Age=0`,
  };
}
