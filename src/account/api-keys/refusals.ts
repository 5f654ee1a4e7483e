import { Refusal } from '../refusals.ts';

export class ApiKeyLimitReached extends Refusal {
  static readonly description = 'The account has its maximum number of API keys.';
  override readonly name = 'ApiKeyLimitReached';
  readonly code = 'API_KEY_LIMIT_REACHED';
  constructor() {
    super('This account has its maximum number of API keys. Delete one first.');
  }
}
