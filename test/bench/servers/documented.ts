import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import SchemaBuilder from '@pothos/core';
import PrismaPlugin from '@pothos/plugin-prisma';
import { PrismaPg } from '@prisma/adapter-pg';
import { createYoga } from 'graphql-yoga';
import type PrismaTypes from '../../../src/generated/pothos.ts';
import { getDatamodel } from '../../../src/generated/pothos.ts';
import { PrismaClient } from '../../../src/generated/prisma/client.ts';
import { announce } from './announce.ts';

// Yoga, Pothos and Prisma in the versions and on the models of the gateway, put together as their documentation shows.

const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: process.env['DATABASE_URL'] ?? '' }) });

type Context = { accountId: number };

const builder = new SchemaBuilder<{
  PrismaTypes: PrismaTypes;
  Context: Context;
  Scalars: { DateTime: { Input: Date; Output: Date } };
}>({
  plugins: [PrismaPlugin],
  prisma: { client: prisma, dmmf: getDatamodel() },
});

builder.scalarType('DateTime', { serialize: (date) => date.toISOString() });

const Profile = builder.prismaObject('Account', {
  variant: 'Profile',
  fields: (t) => ({
    username: t.exposeString('username'),
    email: t.exposeString('email'),
    firstName: t.exposeString('firstName', { nullable: true }),
    lastName: t.exposeString('lastName', { nullable: true }),
    language: t.exposeString('language'),
    admin: t.exposeBoolean('admin'),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
  }),
});

builder.prismaObject('ApiKey', {
  fields: (t) => ({
    identifier: t.exposeString('identifier'),
    description: t.exposeString('description'),
    allowedIps: t.exposeStringList('allowedIps'),
    lastUsedAt: t.expose('lastUsedAt', { type: 'DateTime', nullable: true }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
  }),
});

builder.prismaObject('SshKey', {
  fields: (t) => ({
    name: t.exposeString('name'),
    fingerprint: t.string({ resolve: ({ fingerprint }) => `SHA256:${fingerprint}` }),
    publicKey: t.exposeString('publicKey'),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
  }),
});

const Viewer = builder.prismaObject('Account', {
  variant: 'Viewer',
  fields: (t) => ({
    id: t.exposeID('id'),
    profile: t.variant(Profile),
    apiKeys: t.relation('apiKeys', { query: { orderBy: { id: 'asc' } } }),
    sshKeys: t.relation('sshKeys', { query: { orderBy: { id: 'asc' } } }),
  }),
});

builder.queryType({
  fields: (t) => ({
    viewer: t.prismaField({
      type: Viewer,
      nullable: true,
      resolve: (query, _root, _args, { accountId }) => prisma.account.findUnique({ ...query, where: { id: accountId } }),
    }),
  }),
});

const yoga = createYoga<{ req: IncomingMessage }, Context>({
  schema: builder.toSchema(),
  logging: false,
  batching: true,
  context: async ({ request }) => {
    const token = (request.headers.get('authorization') ?? '').slice('Bearer '.length);
    const apiKey = await prisma.apiKey.findUnique({ where: { identifier: token.slice(0, 16) } });
    const hash = createHash('sha256').update(token.slice(16)).digest();
    if (!apiKey || !timingSafeEqual(apiKey.secretHash, hash)) throw new Error('Unauthenticated.');
    return { accountId: apiKey.accountId };
  },
});

const server = createServer(yoga);
server.listen(0, '127.0.0.1', () => announce(server));
