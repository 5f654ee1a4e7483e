import { parse } from '../../account/input.ts';
import { InvalidInput, type RefusalClass } from '../../account/refusals.ts';
import type { Answer } from './answer.ts';
import { type BadRequest, fault, refusalAnswers, refuse, tooManyRequests, unavailable } from './errors.ts';
import { bodyTooLarge, encodedBody, malformedBody } from './request.ts';
import type { Route } from './route.ts';

/** A refusal as the documentation shows it: its name, and the answer. */
export type DocumentedRefusal = Answer & { readonly name: string };

const denials = [
  { name: 'Unauthenticated', ...refusalAnswers.Unauthenticated },
  { name: 'AddressNotAllowed', ...refusalAnswers.AddressNotAllowed },
];
const always = [
  { name: 'TooManyRequests', ...tooManyRequests },
  { name: 'Fault', ...fault },
  { name: 'Unavailable', ...unavailable },
];

/** The refusals that every route answers alike. */
export const sharedRefusals: readonly DocumentedRefusal[] = [...denials, documentBadRequest(bodyTooLarge), ...always];

/** Every refusal of a route, with its body as an example. */
export function documentRefusals(route: Route): DocumentedRefusal[] {
  const own = (route.refusals ?? []).map((refusal) => documentRefusal(refusal, route));
  const ofBodies = route.method === 'GET' ? [] : [malformedBody, bodyTooLarge, encodedBody];
  return [...denials, ...own, ...[...(route.badQueries ?? []), ...ofBodies].map(documentBadRequest), ...always];
}

function documentBadRequest({ name, answer }: BadRequest): DocumentedRefusal {
  return { name, ...answer };
}

function documentRefusal(refusal: RefusalClass, { input, wording = {} }: Route): DocumentedRefusal {
  const answers: Readonly<Record<string, Answer>> = { ...refusalAnswers, ...wording };
  const answer = refusal === InvalidInput && input ? refuse(refuseExample(input)) : answers[refusal.name];
  if (!answer) throw new Error(`no answer to ${refusal.name}`);
  return { name: refusal.name, ...answer };
}

/** The refusal of an input that has no field but passwords. */
function refuseExample(input: NonNullable<Route['input']>): InvalidInput {
  try {
    parse(input, { currentPassword: 'given', password: 'given' });
  } catch (error) {
    if (error instanceof InvalidInput) return error;
  }
  // No other field is required: the first one is refused.
  const [field = ''] = Object.keys(input.shape);
  return new InvalidInput([{ field, rule: 'string', message: '' }]);
}
