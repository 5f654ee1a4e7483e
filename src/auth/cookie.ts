/** A cookie of the gateway: its name and its attributes. */
export type Cookie = {
  /** Every value of the cookie in a Cookie header. More than one: another host or path of the domain has set one too. */
  read(header: string | undefined): string[];
  /** The Set-Cookie header that makes a browser keep a token until a time. */
  write(token: string, expiresAt: Date): string;
  /** The Set-Cookie headers that make a browser remove the cookie. */
  clear(): string[];
};

/**
 * Creates a cookie for the gateway's origin. Over https it is Secure and `__Host-`, so that neither a page without TLS nor
 * another host of the domain can set or read it. A port that is not the scheme's own is in the name: cookies do not
 * distinguish ports, and two gateways of one host would end each other's sessions. Scripts cannot read the cookie.
 * @param isCrossSite whether pages of another site may send it. Otherwise requests of other sites carry it in links alone.
 */
export function createCookie(name: string, appUrl: URL, isCrossSite: boolean): Cookie {
  const isSecure = appUrl.protocol === 'https:';
  const fullName = [isSecure ? `__Host-${name}` : name, appUrl.port].filter(Boolean).join('_');
  const lax = `; Path=/; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`;
  const partitioned = '; Path=/; HttpOnly; SameSite=None; Secure; Partitioned';
  const attributes = isSecure && isCrossSite ? partitioned : lax;
  return {
    read: (header = '') =>
      header.split(';').flatMap((pair) => {
        const [sentName = '', ...value] = stripBlanks(pair).split('=');
        return value.length > 0 && stripBlanks(sentName) === fullName ? [stripBlanks(value.join('='))] : [];
      }),
    write: (token, expiresAt) => `${fullName}=${token}${attributes}; Expires=${expiresAt.toUTCString()}`,
    // A browser keeps a partitioned cookie beside one that is not, and removes each by its own attributes.
    clear: () => (isSecure ? [lax, partitioned] : [lax]).map((each) => `${fullName}=${each}; Max-Age=0`),
  };
}

/**
 * RFC 6265 §5.2: space and tab, and no other blank. A name after another blank is another name. A loop, because a pattern
 * takes quadratic time on many blanks that something follows.
 */
function stripBlanks(text: string): string {
  let [start, end] = [0, text.length];
  while (isBlank(text[start])) start += 1;
  while (end > start && isBlank(text[end - 1])) end -= 1;
  return text.slice(start, end);
}

function isBlank(character: string | undefined): boolean {
  return character === ' ' || character === '\t';
}
