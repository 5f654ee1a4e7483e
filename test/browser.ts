import type { TestGateway } from './harness.ts';

/** A browser: it keeps the cookies of answers and sends them with each request. */
export function createBrowser(gateway: Pick<TestGateway, 'graphql' | 'rest'>, peer = '192.0.2.1') {
  const cookies = new Map<string, string>();
  const keep = <Answer extends { readonly headers: Headers }>(answer: Answer): Answer => {
    for (const cookie of answer.headers.getSetCookie()) {
      const [pair = ''] = cookie.split(';');
      const [name = '', ...value] = pair.split('=');
      if (/; Max-Age=0$/.test(cookie)) cookies.delete(name);
      else cookies.set(name, value.join('='));
    }
    return answer;
  };
  const headers = () => ({ cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') });
  const graphql = async (query: string, variables: Record<string, unknown> = {}) =>
    keep(await gateway.graphql(query, variables, { headers: headers(), peer }));
  const rest = async (method: string, path: string, body?: unknown) =>
    keep(await gateway.rest(method, path, { ...(body === undefined ? {} : { body }), headers: headers(), peer }));
  const signIn = async (login: string, password: string) => {
    const query = `mutation ($input: SignInInput!) { signIn(input: $input) { __typename ... on TwoFactorRequired { challenge }
      ... on Error { code message } ... on RateLimited { retryAfterSeconds } } }`;
    return (await graphql(query, { input: { login, password } })).data.signIn;
  };
  const complete = async (challenge: string, answer: object) => {
    const query = `mutation ($input: CompleteSignInInput!) { completeSignIn(input: $input) { __typename ... on Error { code } } }`;
    return (await graphql(query, { input: { challenge, answer } })).data.completeSignIn;
  };
  const guess = async (password = 'wrong'): Promise<string> => {
    const query = 'mutation ($input: DisableTwoFactorInput!) { disableTwoFactor(input: $input) { __typename } }';
    return (await graphql(query, { input: { password } })).data.disableTwoFactor.__typename;
  };
  /** Signs out nobody, and sends no session from now on, but what marks the browser. */
  const dropSession = () => {
    for (const name of cookies.keys()) if (name.includes('session')) cookies.delete(name);
  };
  return { cookies, graphql, rest, signIn, complete, guess, dropSession };
}
