// The help about customers, in both languages.

import type { Topic } from './topics';

export const customers: Topic = {
  name: 'customers',
  to: '/customers',
  'zh-CN': {
    title: '客户',
    intro: '全公司一张客户表：是谁、谁在跟进、上次谈了什么、下次哪天联系。意向、成交、老客户按规则自动变，不用手填。',
    tasks: [
      {
        title: '记一位新客户',
        steps: [
          '点“新建客户”，先填姓名和电话，其他以后再补；按 Ctrl+回车保存。',
          '电话已经是别人的客户时，表单里会马上提示由谁跟进；一个电话只能属于一位客户。',
          '在筛选好的列表里新建，来源、标签等会自动带上。',
        ],
      },
      {
        title: '写跟进',
        steps: [
          '打开客户，点“写跟进”：选方式，写谈了什么。',
          '选下次跟进的日期；确实不用再联系，就选“不再安排”。',
          '跟进记在右边的“动态”里，接手的同事也看得到。',
        ],
      },
      {
        title: '不漏掉客户',
        steps: ['首页的“今天要跟进”和“超过 5 天未跟进”，点一下就是名单。', '列表里超过 5 天没联系的客户带红色标记，写明几天未跟进。'],
      },
      {
        title: '按标签找一类客户',
        steps: [
          '点列表上的“标签”：一个条件里选几个标签，有其中任何一个就算。',
          '点“再加一个条件”，两个条件都要符合，例如现代简约或北欧，并且预算 30 万以上。',
          '点“存为视图”，以后一点就是这批客户，也可以共享给同事。',
        ],
      },
      {
        title: '按电话找客户',
        steps: ['点“按电话或邮箱查找”，输入整个电话、后四位或整个邮箱。', '电话只显示一部分时，有权限的人可以写明理由后查看完整。'],
      },
      {
        title: '请同事一起跟进',
        steps: [
          '打开客户或商机，在“协作同事”里选一位同事，点“共享”；对方马上收到通知。',
          '同事能查看和跟进，不能再转给别人；负责人随时可以“取消共享”，同事也可以自己退出。',
        ],
      },
      { title: '转交客户', steps: ['打开客户，“更多”里点“转交”，选新的负责人或组织。', '以前的跟进都会留下。'] },
    ],
  },
  en: {
    title: 'Customers',
    intro:
      'One table for the whole chain: who they are, who looks after them, what was said last, when the next word is due. Prospect, client and regular move by rule; nobody types them.',
    tasks: [
      {
        title: 'Note a new customer',
        steps: [
          'Press "New customer": name and phone first, the rest can follow later. Ctrl+Enter saves.',
          'When the phone is already that of a customer, the form says at once who looks after them; a phone belongs to one customer only.',
          'Made in a filtered list, source, tags and the like are filled in.',
        ],
      },
      {
        title: 'Write a follow-up',
        steps: [
          'Open the customer and press "Write a follow-up": how, and what was said.',
          'Choose the day of the next one; "No more" only when there is nothing left to do.',
          'It stands in "What happened", for whoever takes over as well.',
        ],
      },
      {
        title: 'Forget nobody',
        steps: [
          '"Follow-ups due" and "Left for over 5 days" on the home page open their lists.',
          'In the list, who was left for over 5 days is marked with the number of days.',
        ],
      },
      {
        title: 'Find customers of a kind by tags',
        steps: [
          'Press "Tags" above the list: of the tags of one condition any will do.',
          '"Another condition" must be met as well: modern or Nordic, and a budget above 300,000.',
          'Press "Save as a view" to have them again at one press, or to share them.',
        ],
      },
      {
        title: 'Find a customer by phone',
        steps: [
          'Press "Find by phone or e-mail": the whole number, its last four digits, or the whole address.',
          'Where only part of a phone is shown, who may can see it whole for a reason.',
        ],
      },
      {
        title: 'Work on one together',
        steps: [
          'Open a customer or an opportunity, choose a colleague beneath "Colleagues" and press "Share"; they are told at once.',
          'They see it and work on it, and pass it on to nobody; its owner takes it back at any time, and they may leave it.',
        ],
      },
      {
        title: 'Hand a customer over',
        steps: ['Open them, "More › Hand over", choose the new owner or organisation.', 'What was said before stays.'],
      },
    ],
  },
};
