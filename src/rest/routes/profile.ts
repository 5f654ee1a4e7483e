import type { Profile } from '../../account/profile/profile.ts';
import { type Item, item } from '../http/answer.ts';

export function userItem(profile: Profile): Item {
  return item('user', {
    id: profile.id,
    admin: profile.admin,
    username: profile.username,
    email: profile.email,
    first_name: profile.firstName,
    last_name: profile.lastName,
    language: profile.language,
  });
}
