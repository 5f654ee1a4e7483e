import { describe, expect, test } from 'vitest';
import { codeFor, startGateway } from './harness.ts';

const gateway = await startGateway();

describe('a change through one API is visible in the other', () => {
  test('the profile is the same', async () => {
    const person = await gateway.createPerson({ firstName: 'Ada', language: 'de' });
    const rest = await gateway.rest('GET', '/account', person);
    const graph = await gateway.graphql('{ viewer { profile { username email firstName lastName language admin } } }', {}, person);
    expect(rest.body).toEqual({
      object: 'user',
      attributes: {
        id: person.id,
        admin: false,
        username: person.username,
        email: person.email,
        first_name: 'Ada',
        last_name: null,
        language: 'de',
      },
    });
    expect(graph.data.viewer.profile).toEqual({
      username: person.username,
      email: person.email,
      firstName: 'Ada',
      lastName: null,
      language: 'de',
      admin: false,
    });
  });

  test('an e-mail address changed by REST is read by GraphQL, and the other way round', async () => {
    const person = await gateway.createPerson();
    const first = await gateway.rest('PUT', '/account/email', {
      ...person,
      body: { email: `a.${person.email}`, password: person.password },
    });
    expect([first.status, first.text, first.headers.get('content-type')]).toEqual([204, '', null]);
    expect((await gateway.graphql('{ viewer { profile { email } } }', {}, person)).data.viewer.profile.email).toBe(`a.${person.email}`);
    const input = { email: `b.${person.email}`, password: person.password };
    const changed = await gateway.mutate('updateEmail', input, 'viewer { profile { email } }', person);
    expect(changed).toEqual({ __typename: 'UpdateEmailPayload', viewer: { profile: { email: `b.${person.email}` } } });
    expect((await gateway.rest('GET', '/account', person)).body.attributes.email).toBe(`b.${person.email}`);
  });

  test('a password set through one API is required by the other', async () => {
    const person = await gateway.createPerson();
    const body = { current_password: person.password, password: 'set by REST', password_confirmation: 'set by REST' };
    expect((await gateway.rest('PUT', '/account/password', { ...person, body })).status).toBe(204);
    const input = { currentPassword: 'set by REST', newPassword: 'set by GraphQL' };
    expect(await gateway.mutate('updatePassword', input, 'viewer { id }', person)).toMatchObject({ __typename: 'UpdatePasswordPayload' });
    const again = { current_password: 'set by REST', password: 'another password', password_confirmation: 'another password' };
    expect((await gateway.rest('PUT', '/account/password', { ...person, body: again })).status).toBe(400);
    expect(
      (await gateway.rest('PUT', '/account/password', { ...person, body: { ...again, current_password: 'set by GraphQL' } })).status,
    ).toBe(204);
  });

  test('a secret read by GraphQL is confirmed by REST, and two-factor authentication is disabled by GraphQL', async () => {
    const person = await gateway.createPerson();
    const setup = await gateway.graphql('{ viewer { twoFactorSetup { secret uri qrCode expiresAt } } }', {}, person);
    const { secret } = setup.data.viewer.twoFactorSetup;
    const rest = await gateway.rest('GET', '/account/two-factor', person);
    expect(rest.body).toEqual({ data: { secret, image_url_data: setup.data.viewer.twoFactorSetup.qrCode } });
    const enabled = await gateway.rest('POST', '/account/two-factor', {
      ...person,
      body: { code: codeFor(secret, gateway.clock.now()), password: person.password },
    });
    expect(enabled.status).toBe(200);
    expect(enabled.body.object).toBe('recovery_tokens');
    expect(enabled.body.attributes.tokens).toHaveLength(10);
    const query = '{ viewer { twoFactor { enabled recoveryTokensRemaining } twoFactorSetup { secret } } }';
    expect((await gateway.graphql(query, {}, person)).data.viewer).toEqual({
      twoFactor: { enabled: true, recoveryTokensRemaining: 10 },
      twoFactorSetup: null,
    });
    const input = { password: person.password };
    const regenerated = await gateway.mutate('regenerateRecoveryTokens', input, 'recoveryTokens', person);
    expect(regenerated.recoveryTokens).toHaveLength(10);
    expect(await gateway.mutate('disableTwoFactor', input, 'viewer { twoFactor { enabled recoveryTokensRemaining } }', person)).toEqual({
      __typename: 'DisableTwoFactorPayload',
      viewer: { twoFactor: { enabled: false, recoveryTokensRemaining: 0 } },
    });
    expect((await gateway.rest('GET', '/account/two-factor', person)).body.data.secret).not.toBe(secret);
  });

  test('two-factor authentication is enabled by GraphQL and disabled by REST', async () => {
    const person = await gateway.createPerson();
    const { secret } = (await gateway.rest('GET', '/account/two-factor', person)).body.data;
    const input = { code: codeFor(secret, gateway.clock.now()), password: person.password };
    const enabled = await gateway.mutate('enableTwoFactor', input, 'recoveryTokens viewer { twoFactor { enabled } }', person);
    expect(enabled).toMatchObject({ __typename: 'EnableTwoFactorPayload', viewer: { twoFactor: { enabled: true } } });
    expect(new Set(enabled.recoveryTokens).size).toBe(10);
    const disabled = await gateway.rest('POST', '/account/two-factor/disable', { ...person, body: { password: person.password } });
    expect(disabled.status).toBe(204);
    expect((await gateway.graphql('{ viewer { twoFactor { enabled } } }', {}, person)).data.viewer.twoFactor.enabled).toBe(false);
  });

  test('a key created through one API is accepted and listed by both, and refused by both once the other deletes it', async () => {
    const person = await gateway.createPerson();
    const body = { description: 'made by REST', allowed_ips: ['127.0.0.1', '10.0.0.0/8'] };
    const byRest = await gateway.rest('POST', '/account/api-keys', { ...person, body });
    expect(byRest.status).toBe(200);
    const restToken = byRest.body.attributes.identifier + byRest.body.meta.secret_token;
    const input = { description: 'made by GraphQL' };
    const byGraph = await gateway.mutate('createApiKey', input, 'token apiKey { identifier description allowedIps lastUsedAt }', person);
    expect(byGraph.apiKey).toEqual({
      identifier: byGraph.token.slice(0, 16),
      description: 'made by GraphQL',
      allowedIps: [],
      lastUsedAt: null,
    });
    for (const token of [restToken, byGraph.token]) {
      expect((await gateway.rest('GET', '/account', { token })).status).toBe(200);
      expect((await gateway.graphql('{ viewer { id } }', {}, { token })).data.viewer).not.toBeNull();
    }
    const listed = (await gateway.rest('GET', '/account/api-keys', person)).body;
    const graph = (await gateway.graphql('{ viewer { apiKeys { identifier description allowedIps } } }', {}, person)).data.viewer.apiKeys;
    expect(listed.object).toBe('list');
    expect(listed.data.map((key: { attributes: { identifier: string } }) => key.attributes.identifier)).toEqual(
      graph.map((key: { identifier: string }) => key.identifier),
    );
    expect(graph[1]).toEqual({
      identifier: byRest.body.attributes.identifier,
      description: 'made by REST',
      allowedIps: ['127.0.0.1', '10.0.0.0/8'],
    });
    expect((await gateway.rest('DELETE', `/account/api-keys/${byGraph.token.slice(0, 16)}`, person)).status).toBe(204);
    const deleted = await gateway.mutate('deleteApiKey', { identifier: restToken.slice(0, 16) }, 'deletedApiKeyId', person);
    expect(deleted.__typename).toBe('DeleteApiKeyPayload');
    for (const token of [restToken, byGraph.token]) {
      expect((await gateway.rest('GET', '/account', { token })).status).toBe(401);
      expect((await gateway.graphql('{ viewer { id } }', {}, { token })).status).toBe(401);
    }
  });

  test('an SSH key added through one API is listed by both and removed through the other', async () => {
    const person = await gateway.createPerson();
    const line = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOnl4u1o0sCByY7WrS6EvFGuqcDHsEAPzX9CP6+2fPdk';
    const fingerprint = 'SHA256:sYsMNyu1x72DIK2STleEepJuVFwTWj6+hp9X2WqQWUI';
    const added = await gateway.rest('POST', '/account/ssh-keys', {
      ...person,
      body: { name: 'laptop', public_key: `${line} me@host comment words` },
    });
    expect(added.status).toBe(200);
    expect(added.body).toMatchObject({ object: 'ssh_key', attributes: { name: 'laptop', fingerprint, public_key: line } });
    const query = '{ viewer { sshKeys { name fingerprint publicKey } } }';
    expect((await gateway.graphql(query, {}, person)).data.viewer.sshKeys).toEqual([{ name: 'laptop', fingerprint, publicKey: line }]);
    expect(await gateway.mutate('addSshKey', { name: 'again', publicKey: line }, 'sshKey { id }', person)).toMatchObject({
      code: 'SSH_KEY_ALREADY_ADDED',
    });
    expect((await gateway.mutate('removeSshKey', { fingerprint }, 'removedSshKeyId', person)).__typename).toBe('RemoveSshKeyPayload');
    expect((await gateway.rest('GET', '/account/ssh-keys', person)).body).toEqual({ object: 'list', data: [] });
    const readded = await gateway.mutate('addSshKey', { name: 'again', publicKey: line }, 'sshKey { name fingerprint }', person);
    expect(readded.sshKey).toEqual({ name: 'again', fingerprint });
    const removal = { ...person, body: { fingerprint: fingerprint.slice('SHA256:'.length) } };
    expect((await gateway.rest('POST', '/account/ssh-keys/remove', removal)).status).toBe(204);
    expect((await gateway.rest('POST', '/account/ssh-keys/remove', removal)).status).toBe(204);
    expect((await gateway.graphql(query, {}, person)).data.viewer.sshKeys).toEqual([]);
  });

  test('every change has its row of activity, with the key and the address of the request', async () => {
    const person = await gateway.createPerson();
    await gateway.rest('PUT', '/account/email', {
      ...person,
      body: { email: `x${person.email}`, password: person.password },
      peer: '192.0.2.9',
    });
    await gateway.mutate('createApiKey', { description: 'second' }, 'token', person);
    const query =
      '{ viewer { activity(first: 2) { edges { node { event ip properties apiKey { identifier } } } pageInfo { hasNextPage } } } }';
    const { activity } = (await gateway.graphql(query, {}, person)).data.viewer;
    expect(activity.edges.map(({ node }: { node: unknown }) => node)).toEqual([
      {
        event: 'user:api-key.create',
        ip: '127.0.0.1',
        properties: { identifier: expect.any(String) },
        apiKey: { identifier: person.identifier },
      },
      {
        event: 'user:account.email-changed',
        ip: '192.0.2.9',
        properties: { old: person.email, new: `x${person.email}` },
        apiKey: { identifier: person.identifier },
      },
    ]);
    expect(activity.pageInfo.hasNextPage).toBe(true);
  });
});
