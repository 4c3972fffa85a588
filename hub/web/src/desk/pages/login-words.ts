// Words of signing in with an identity provider.

import type { Lang, Same } from '../../shared/lang';

const whyZh: Record<string, string> = {
  outside_begun: '这次登录不是在这个浏览器里开始的，或者超过十分钟、已经用过。请再点一次登录按钮。',
  outside_away: '统一登录服务没有响应。请稍后再试，或用密码登录。',
  outside_answer: '统一登录服务的回答不可信，没有登录。请告诉系统管理员，原因在总部服务的日志里。',
  outside_denied: '统一登录服务没有让你通过。请在那里重新登录，或联系那里的管理员。',
  outside_person: '没有可以登录的账号与这个身份对应。请主管建一个登录名与你在那里的用户名相同的账号。',
  outside_administrator: '系统管理员的账号不能只凭用户名绑定，请用密码登录。',
  login_attempts: '尝试次数太多，请过几分钟再试。',
};
const whyEn: Record<string, string> = {
  outside_begun: 'This sign-in was not begun in this browser, took longer than ten minutes, or was used already. Press the button again.',
  outside_away: 'The identity provider does not answer. Try again later, or sign in with your password.',
  outside_answer: 'What the identity provider answered cannot be trusted. Tell an administrator: the reason is in the hub’s log.',
  outside_denied: 'The identity provider did not let you in. Sign in there again, or ask its administrator.',
  outside_person: 'No account that may sign in belongs to this identity. Ask a manager for one whose login is your name there.',
  outside_administrator: 'An administrator’s account is not bound by its name alone. Sign in with the password.',
  login_attempts: 'Too many attempts. Try again in a few minutes.',
};

const zh = {
  with: (name: string) => `用${name}登录`,
  or: '或者用密码登录',
  withPassword: '系统管理员用密码登录',
  another: '换一种方式登录',
  notSignedIn: '没有登录',
  why: (rule: string) => whyZh[rule] ?? '没有登录成功，请再试一次。',
};

const en: Same<typeof zh> = {
  with: name => `Sign in with ${name}`,
  or: 'Or with a password',
  withPassword: 'Administrators sign in with a password',
  another: 'Sign in another way',
  notSignedIn: 'Not signed in',
  why: rule => whyEn[rule] ?? 'Signing in did not work; try again.',
};

export const words: Record<Lang, typeof zh> = { 'zh-CN': zh, en };
