import { ApiKeyLimitReached } from '../../account/api-keys/refusals.ts';
import { parse } from '../../account/input.ts';
import type { RefusalName } from '../../account/operations.ts';
import {
  AddressNotAllowed,
  CrossSite,
  IncorrectPassword,
  InvalidInput,
  NotFound,
  Overloaded,
  RateLimited,
  Unauthenticated,
} from '../../account/refusals.ts';
import { InvalidCredentials } from '../../account/sessions/refusals.ts';
import { SshKeyAlreadyAdded, SshKeyLimitReached } from '../../account/ssh-keys/refusals.ts';
import {
  CodeAlreadyUsed,
  InvalidCode,
  TwoFactorAlreadyEnabled,
  TwoFactorNotEnabled,
  TwoFactorSetupMissing,
} from '../../account/two-factor/refusals.ts';
import { readEvents, readOrder } from '../routes/activity.ts';
import type { Answer } from './answer.ts';
import { BadQuery, failure, fault, malformed, type RefusalNamed, refuse, tooLarge, tooManyRequests, unavailable } from './errors.ts';
import { readPage } from './pages.ts';
import type { Route } from './route.ts';

/** A refusal as the documentation shows it: its name, and the very answer. */
export type DocumentedRefusal = Answer & { readonly name: string };

/** Every refusal a route may give, with its body as an example. */
export function documentedRefusals(route: Route): DocumentedRefusal[] {
  const { refusals = [], words, query = [], method } = route;
  const ours = refusals.map((name) => ({ name, ...refuse(name === 'InvalidInput' ? invalidInput(route) : examples[name], words) }));
  const ofBodies = [{ name: 'MalformedBody', ...malformed('Syntax error') }, bodyTooLarge];
  return [...denials(), ...ours, ...(query.includes('sort') ? badQueries() : []), ...(method === 'GET' ? [] : ofBodies), ...always];
}

const bodyTooLarge = { name: 'BodyTooLarge', ...tooLarge };
const always = [
  { name: 'TooManyRequests', ...tooManyRequests },
  { name: 'Fault', ...fault },
  { name: 'Unavailable', ...unavailable },
];

/** Refusals that every route words alike. */
export function sharedRefusals(): DocumentedRefusal[] {
  return [...denials(), bodyTooLarge, ...always];
}

function denials(): DocumentedRefusal[] {
  return (['Unauthenticated', 'AddressNotAllowed'] as const).map((name) => ({ name, ...refuse(examples[name]) }));
}

/** What a route says to a body of nothing but the password, to a password that is a list, or to a page that cannot be. */
function invalidInput({ input }: Route): InvalidInput {
  const refused = caught(() => (input ? parse(input, { currentPassword: 'given', password: 'given' }) : readPage({ per_page: '-1' }, 25)));
  return refused instanceof InvalidInput ? refused : examples.InvalidInput;
}

function badQueries(): DocumentedRefusal[] {
  const refused = [caught(() => readEvents({ filter: { ip: '::1' } })), caught(() => readOrder({ sort: 'id' }))];
  return refused.flatMap((error) => (error instanceof BadQuery ? [{ name: error.code, ...failure(400, error.code, error.message) }] : []));
}

function caught(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return error;
  }
}

const examples: { readonly [Name in RefusalName]: RefusalNamed<Name> } = {
  InvalidInput: new InvalidInput([{ field: 'password', rule: 'string', message: '' }]),
  IncorrectPassword: new IncorrectPassword(),
  InvalidCode: new InvalidCode('code'),
  CodeAlreadyUsed: new CodeAlreadyUsed(30),
  TwoFactorAlreadyEnabled: new TwoFactorAlreadyEnabled(),
  TwoFactorNotEnabled: new TwoFactorNotEnabled(),
  TwoFactorSetupMissing: new TwoFactorSetupMissing(),
  ApiKeyLimitReached: new ApiKeyLimitReached(),
  SshKeyLimitReached: new SshKeyLimitReached(),
  SshKeyAlreadyAdded: new SshKeyAlreadyAdded(),
  NotFound: new NotFound(),
  RateLimited: new RateLimited(900, 'wrongSecrets'),
  InvalidCredentials: new InvalidCredentials(),
  Overloaded: new Overloaded(2),
  CrossSite: new CrossSite(),
  Unauthenticated: new Unauthenticated(),
  AddressNotAllowed: new AddressNotAllowed('203.0.113.5'),
};
