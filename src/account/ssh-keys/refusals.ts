import { Refusal } from '../refusals.ts';

export class SshKeyLimitReached extends Refusal {
  static readonly description = 'The account has its maximum number of SSH keys.';
  override readonly name = 'SshKeyLimitReached';
  readonly code = 'SSH_KEY_LIMIT_REACHED';
  constructor() {
    super('This account has its maximum number of SSH keys. Remove one first.');
  }
}

export class SshKeyAlreadyAdded extends Refusal {
  static readonly description = 'The account has this SSH key already.';
  override readonly name = 'SshKeyAlreadyAdded';
  readonly code = 'SSH_KEY_ALREADY_ADDED';
  constructor() {
    super('This account has this SSH key already.');
  }
}
