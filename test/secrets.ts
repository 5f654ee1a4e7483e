import type { Entry } from '../src/server/entry.ts';

// Shorter ones and single words can be in a log by chance, or are names in it, as `password` is.
const distinct = /^(?=.*[^a-z]).{10,}$/s;

const named = String.raw`\w*(?:password|secret|token|challenge)s?\w*`;
const quoted = String.raw`\\?"((?:[^"\\]|\\[^"])+)\\?"`;
/** A secret by the name before it: in JSON, in a GraphQL document, and in both of them; and a list of them. */
const inJson = new RegExp(String.raw`\b${named}\\?"?\s*:\s*(?:${quoted}|\[([^\]]*)\])`, 'gi');
const inUri = /[?&]secret=(\w+)/g;
const inCookies = /(?:^|[;,]\s*)[\w-]*gateway_(?:session|device)\w*=([\w-]+)/g;
const inBearer = /^Bearer\s+(\S+)$/gi;
const inPrint = /(?:\bpassword|shown once:|API key|token) +(\S+)/g;
const logLine = /^{"level":.*$/gm;
/** The first part of an API key is its name, and may be logged. */
const identifier = /^ptlc_\w{11}/;

const secrets = new Set<string>();
const unread: (() => void)[] = [];
const logs: (() => string)[] = [];
let lines: string[] = [];

/** Notes secrets that no log may have. */
export function noteSecrets(...values: readonly string[]): void {
  for (const value of values.map((value) => value.replace(identifier, ''))) if (distinct.test(value)) secrets.add(value);
}

/** Notes what stands after the name of a secret: in a body, in the variables of an address, in an answer. */
export function noteSecretsIn(text: string): void {
  for (const [, one, list = ''] of text.matchAll(inJson)) noteSecrets(...(one ? [one] : list.replaceAll(/[\s"\\]/g, '').split(',')));
  for (const [, one = ''] of text.matchAll(inUri)) noteSecrets(one);
}

/** Notes the secrets of a request and of its answer. They are read at the end of the file: some tests watch who reads a text. */
export function noteSecretsOf(entry: Entry): Entry {
  return async (request) => {
    const { header, readBody, url } = request;
    const [authorization = '', cookie = ''] = [header('authorization'), header('cookie')];
    const bodies: Buffer[] = [];
    request.readBody = async () => {
      const body = await readBody();
      if (body) bodies.push(body);
      return body;
    };
    const answer = await entry(request);
    unread.push(() => {
      for (const [, token = ''] of authorization.matchAll(inBearer)) noteSecrets(token);
      for (const line of [cookie, answer.headers['set-cookie'] ?? []].flat()) {
        for (const [, token = ''] of line.matchAll(inCookies)) noteSecrets(token);
      }
      for (const value of url?.searchParams.values() ?? []) noteSecretsIn(value);
      for (const body of bodies) noteSecretsIn(body.toString('latin1'));
      if (typeof answer.body === 'string') noteSecretsIn(answer.body);
    });
    return answer;
  };
}

/** Keeps a line of a log until the end of the file. */
export function noteLine(line: string): void {
  lines.push(line);
}

/**
 * Keeps what a process writes until the end of the file: its log and stderr. The rest of stdout was printed for the caller, with the
 * secrets that were made for them.
 */
export function noteProcess(env: Readonly<Record<string, string>>, output: { readonly stdout: string; readonly stderr: string }): void {
  const { APP_KEY = '', APP_PREVIOUS_KEYS = '' } = env;
  noteSecrets(...`${APP_KEY},${APP_PREVIOUS_KEYS}`.replaceAll('base64:', '').split(','));
  logs.push(() => {
    const printed = output.stdout.replaceAll(logLine, '');
    noteSecretsIn(printed);
    for (const [, one = ''] of printed.matchAll(inPrint)) noteSecrets(one);
    return [...(output.stdout.match(logLine) ?? []), output.stderr].join('\n');
  });
}

/**
 * Finds secrets in the log lines since the last call, and forgets both.
 * @returns each secret that was found, with the line around it.
 */
export function takeLoggedSecrets(): { secret: string; line: string }[] {
  for (const read of unread.splice(0)) read();
  const text = [...lines, ...logs.map((read) => read())].join('\n');
  const found = [...secrets].flatMap((secret) => {
    const at = text.indexOf(secret);
    if (at === -1) return [];
    return [{ secret, line: text.slice(text.lastIndexOf('\n', at) + 1, text.indexOf('\n', at)) }];
  });
  secrets.clear();
  logs.length = 0;
  lines = [];
  return found;
}
