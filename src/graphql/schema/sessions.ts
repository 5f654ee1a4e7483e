import { sessionIdOf } from '../../account/actor.ts';
import { RateLimited } from '../../account/refusals.ts';
import { completeSignIn } from '../../account/sessions/challenge.ts';
import type { Entered } from '../../account/sessions/enter.ts';
import { lastSeenOf } from '../../account/sessions/lifetime.ts';
import { findSessions, revokeOtherSessions, revokeSession, signOut } from '../../account/sessions/sessions.ts';
import { type SignIn, signIn } from '../../account/sessions/sign-in.ts';
import { builder, type GraphContext, requireActor, rowId } from './builder.ts';
import { listCost } from './costs.ts';
import { type Done, mutation } from './mutation.ts';
import { registerNode } from './node.ts';
import { createRowsPerTick } from './once-per-tick.ts';
import { Viewer, withViewer } from './viewer.ts';

const Session = builder.prismaNode('Session', {
  description: 'A browser that is signed in.',
  id: { field: 'id' },
  select: { id: true },
  fields: (t) => ({
    current: t.boolean({
      description: 'Whether this is the session of the request.',
      select: { id: true },
      resolve: ({ id }, _arguments, context) => id === sessionIdOf(requireActor(context)),
    }),
    ip: t.exposeString('ip', { nullable: true, description: 'The IPv4 or IPv6 address of the sign-in.' }),
    userAgent: t.exposeString('userAgent', {
      nullable: true,
      description: 'The `User-Agent` header of the sign-in: at most 512 characters.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'The time of the sign-in.' }),
    lastSeenAt: t.field({
      type: 'DateTime',
      description: 'The time of the last request of the session, to within a second.',
      select: { id: true, lastSeenAt: true },
      resolve: (session, _arguments, context) => lastSeenOf(requireActor(context).tools, session),
    }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      description:
        'The time when the session ends at the latest: 14 days after it began. It ends earlier after 12 hours without a request. The operator may set other times.',
    }),
  }),
});

const sessions = createRowsPerTick(findSessions, ({ id }) => id);
registerNode('Session', (actor, id) => sessions(actor, rowId(id)));

builder.prismaObjectField(Viewer, 'sessions', (t) =>
  t.relation('sessions', {
    type: Session,
    description: 'The open sessions of the account, oldest first. An account has at most 50, unless the operator sets another number.',
    complexity: (_arguments, { visitor }) => listCost(visitor.tools.limits.listed.sessions),
  }),
);

const TwoFactorRequired = builder.objectRef<Done<SignIn>>('TwoFactorRequired').implement({
  description: 'The password is correct and a second factor is required. Answer with `completeSignIn`.',
  fields: (t) => ({
    challenge: t.string({
      description: 'The challenge to send with the answer: 43 characters. It gives no access by itself.',
      resolve: ({ result }) => (result.kind === 'challenge' ? result.challenge : ''),
    }),
    expiresAt: t.field({
      type: 'DateTime',
      description: 'The time until which the answer is accepted: five minutes from now.',
      resolve: ({ result }) => result.expiresAt,
    }),
  }),
});

withViewer(
  mutation(signIn, {
    startsSession: true,
    alternative: { type: TwoFactorRequired, is: ({ kind }) => kind === 'challenge' },
    after: (context, result) => {
      if (result.kind === 'session') enter(context, result);
    },
  }),
);

withViewer(mutation(completeSignIn, { startsSession: true, after: enter }));

const signedOut = mutation(signOut, {
  reserved: [RateLimited],
  // A session that has ended is signed out.
  whenDenied: () => undefined,
  after: (context) => context.leave(),
});
builder.objectField(signedOut, 'viewer', (t) =>
  t.field({ type: Viewer, nullable: true, description: 'Always null: no account is signed in any more.', resolve: () => null }),
);

withViewer(mutation(revokeSession));
withViewer(mutation(revokeOtherSessions, { reserved: [RateLimited] }));

function enter(context: GraphContext, { actor, token, expiresAt, device }: Entered): void {
  context.enter(actor, token, expiresAt);
  context.keepDevice(device.token, device.expiresAt);
}
