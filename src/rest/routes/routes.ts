import type { Route } from '../http/route.ts';
import { accountRoutes } from './account.ts';
import { activityRoutes } from './activity.ts';
import { apiKeyRoutes } from './api-keys.ts';
import { serverRoutes } from './servers.ts';
import { sshKeyRoutes } from './ssh-keys.ts';
import { twoFactorRoutes } from './two-factor.ts';

/** The route table. */
export const routes: readonly Route[] = [
  ...accountRoutes,
  ...twoFactorRoutes,
  ...activityRoutes,
  ...apiKeyRoutes,
  ...sshKeyRoutes,
  ...serverRoutes,
];
