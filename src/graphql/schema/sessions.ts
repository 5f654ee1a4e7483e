import { sessionIdOf } from '../../account/actor.ts';
import { CodeAlreadyUsed, InvalidCode, InvalidCredentials, NotFound, Overloaded, RateLimited } from '../../account/refusals.ts';
import { completeSignIn } from '../../account/sessions/challenge.ts';
import {
  lastSeenOf,
  openSessions,
  revokeOtherSessions,
  revokeSession,
  type StartedSession,
  signOut,
} from '../../account/sessions/sessions.ts';
import { signIn } from '../../account/sessions/sign-in.ts';
import { builder, type GraphContext, parseGlobalId, parseId, requireViewer } from './builder.ts';
import { listCost, secretField } from './costs.ts';
import { fieldCosts } from './field-costs.ts';
import { payloadType, Viewer } from './viewer.ts';

const Session = builder.prismaNode('Session', {
  description: 'A browser that is signed in.',
  id: { field: 'id' },
  nullable: true,
  findUnique: (id, { asking: { viewer } }) => ({ id: parseId(id), accountId: viewer?.accountId ?? 0 }),
  select: { id: true },
  fields: (t) => ({
    current: t.boolean({
      description: 'Whether this is the session that asks.',
      select: { id: true },
      resolve: ({ id }, _arguments, context) => id === sessionIdOf(requireViewer(context)),
    }),
    ip: t.exposeString('ip', { nullable: true, description: 'The IPv4 or IPv6 address it was signed in from.' }),
    userAgent: t.exposeString('userAgent', { nullable: true, description: 'The browser, by its own word; at most 512 characters.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was signed in.' }),
    lastSeenAt: t.field({
      type: 'DateTime',
      description: 'When its last request came, to within a second.',
      select: { id: true, lastSeenAt: true },
      resolve: (session, _arguments, context) => lastSeenOf(requireViewer(context).tools, session),
    }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      description:
        'When it ends at the latest, 14 days after it began; earlier when it is left idle for 12 hours. The operator may set other times.',
    }),
  }),
});

builder.prismaObjectField(Viewer, 'sessions', (t) =>
  t.relation('sessions', {
    type: Session,
    description: 'Browsers that are signed in, oldest first. What has ended is not among them.',
    complexity: listCost(0),
    query: (_arguments, context) => ({ where: openSessions(context.visitor.tools), orderBy: { id: 'asc' } }),
  }),
);

const SignInInput = builder.inputType('SignInInput', {
  description: 'Who signs in.',
  fields: (t) => ({
    login: t.string({ description: 'The username or the e-mail address, in whatever case: `ada`, `ada@example.com`.' }),
    password: t.string({ description: 'The password.' }),
  }),
});

const SignInPayload = payloadType<object>('SignInPayload', 'signIn');

const TwoFactorRequired = builder.objectRef<{ challenge: string; expiresAt: Date }>('TwoFactorRequired').implement({
  description: 'The password is right; the second factor is awaited. Answer with `completeSignIn`.',
  fields: (t) => ({
    challenge: t.exposeString('challenge', { description: 'What the answer is sent with: 43 characters. Opens nothing by itself.' }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'Until when the answer is awaited: five minutes.' }),
  }),
});

builder.mutationField('signIn', (t) =>
  t.errorUnionField({
    types: [SignInPayload, TwoFactorRequired, InvalidCredentials, RateLimited, Overloaded],
    union: { resolveType: (value) => ('challenge' in value ? 'TwoFactorRequired' : 'SignInPayload') },
    ...secretField,
    description:
      'Signs in with a cookie. With two-factor on, the answer is a challenge and nothing is open yet. An account that does not exist and a wrong password are answered alike.',
    args: { input: t.arg({ type: SignInInput, description: 'Who, and the password.' }) },
    resolve: async (_root, { input }, context) => {
      const result = await signIn(context.visitor, input);
      return result.kind === 'session' ? enter(context, result) : result;
    },
  }),
);

const SecondFactorInput = builder.inputType('SecondFactorInput', {
  description: 'What answers a challenge: one of the two.',
  isOneOf: true,
  fields: (t) => ({
    code: t.string({
      required: false,
      description: 'The six digits that the authenticator shows: `123456`. Accepted once, within 30 seconds either way.',
    }),
    recoveryToken: t.string({ required: false, description: 'A recovery token, with or without dashes, in either case. It is used up.' }),
  }),
});

const CompleteSignInInput = builder.inputType('CompleteSignInInput', {
  description: 'The answer to a challenge.',
  fields: (t) => ({
    challenge: t.string({ description: 'The challenge of `signIn`.' }),
    answer: t.field({ type: SecondFactorInput, description: 'A code or a recovery token.' }),
  }),
});

const CompleteSignInPayload = payloadType<object>('CompleteSignInPayload', 'completeSignIn');

builder.mutationField('completeSignIn', (t) =>
  t.field({
    type: CompleteSignInPayload,
    ...secretField,
    description: 'Answers the challenge of `signIn` and signs in with a cookie. Five wrong answers spend a challenge.',
    args: { input: t.arg({ type: CompleteSignInInput, description: 'The challenge and the second factor.' }) },
    errors: { types: [InvalidCredentials, InvalidCode, CodeAlreadyUsed, RateLimited] },
    resolve: async (_root, { input }, context) => enter(context, await completeSignIn(context.visitor, input)),
  }),
);

const SignOutPayload = builder.objectRef<object>('SignOutPayload').implement({
  description: 'The answer of `signOut` when it is done.',
  fields: (t) => ({
    viewer: t.field({ type: Viewer, nullable: true, description: 'Nobody any more: null.', resolve: () => null }),
  }),
});

builder.mutationField('signOut', (t) =>
  t.field({
    type: SignOutPayload,
    complexity: fieldCosts.transaction,
    description: 'Ends the session that asks and makes the browser forget its cookie. An API key has no session and stays.',
    errors: { types: [RateLimited] },
    resolve: (_root, _arguments, context) => signOut(requireViewer(context)).then(() => leave(context)),
  }),
);

const RevokeSessionInput = builder.inputType('RevokeSessionInput', {
  description: 'A session to be ended.',
  fields: (t) => ({ id: t.id({ description: 'Its id.' }) }),
});

const RevokeSessionPayload = payloadType<object>('RevokeSessionPayload', 'revokeSession');

builder.mutationField('revokeSession', (t) =>
  t.field({
    type: RevokeSessionPayload,
    complexity: fieldCosts.transaction,
    description: 'Ends a session of the account; it opens nothing from its next request on.',
    args: { input: t.arg({ type: RevokeSessionInput, description: 'Which session.' }) },
    errors: { types: [NotFound] },
    resolve: (_root, { input }, context) => revokeSession(requireViewer(context), parseGlobalId('Session', input.id)).then(() => ({})),
  }),
);

const RevokeOtherSessionsPayload = payloadType<object>('RevokeOtherSessionsPayload', 'revokeOtherSessions');

builder.mutationField('revokeOtherSessions', (t) =>
  t.field({
    type: RevokeOtherSessionsPayload,
    complexity: fieldCosts.transaction,
    description: 'Ends every session of the account but the one that asks. API keys stay.',
    errors: { types: [RateLimited] },
    resolve: (_root, _arguments, context) => revokeOtherSessions(requireViewer(context)).then(() => ({})),
  }),
);

/** From here on the request is the session's, and the browser keeps its token. */
function enter(context: GraphContext, { actor, token, expiresAt }: StartedSession): object {
  context.enter(actor, token, expiresAt);
  return {};
}

function leave(context: GraphContext): object {
  context.leave();
  return {};
}
