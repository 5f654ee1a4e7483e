import { refuseInput } from '../input.ts';
import { defineRefusal, InvalidInput } from '../refusals.ts';

/** A text that is the fingerprint of no key. REST answers it as it answers an unknown fingerprint. */
export class NoFingerprint extends InvalidInput {
  constructor() {
    super(refuseInput('fingerprint', 'fingerprint').issues);
  }
}

export const SshKeyLimitReached = defineRefusal('SshKeyLimitReached', 'SSH_KEY_LIMIT_REACHED', {
  description: 'The account has its maximum number of SSH keys.',
  message: 'This account has its maximum number of SSH keys. Remove one first.',
});

export const SshKeyAlreadyAdded = defineRefusal('SshKeyAlreadyAdded', 'SSH_KEY_ALREADY_ADDED', {
  description: 'The account has this SSH key already.',
  message: 'This account has this SSH key already.',
});
