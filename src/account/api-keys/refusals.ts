import { defineRefusal } from '../refusals.ts';

export const ApiKeyLimitReached = defineRefusal('ApiKeyLimitReached', 'API_KEY_LIMIT_REACHED', {
  description: 'The account has its maximum number of API keys.',
  message: 'This account has its maximum number of API keys. Delete one first.',
});
