// The help about service tickets.

import type { Topic } from './topics';

export const tickets: Topic = {
  name: 'tickets',
  to: '/tickets',
  'zh-CN': {
    title: '服务工单',
    intro: '送货安装、售后、回访都是工单：派单、接单、预约、上门、完工，每一步都有时间和人。师傅在手机上做，没有信号也行。',
    tasks: [
      {
        title: '派一张工单',
        steps: [
          '点“新建工单”，选类型，写要做的事、联系人、电话和地址；从客户页新建会自动带上。',
          '要扫包件的，加上要送的商品；每件的每个包件都要扫到。',
          '保存后点“派单”，选师傅和时间；或在派工板上把卡片拖到师傅的某一天。',
          '新工单、师傅退回的工单会通知能派单的人；派给谁，谁会收到通知。卖出这张订单的人和客户的负责人看得到工单，不能改。',
        ],
      },
      {
        title: '师傅的手机',
        steps: [
          '师傅在手机浏览器打开 /field/ 登录，可以“添加到主屏幕”。',
          '有信号时打开一次，当天和以后几天的工单就存在手机里。',
          '接单、预约、签到、扫包件、照片、签字、完工，做过的先存在手机里，有信号时按顺序发送；右上角写着还有几项没发。',
          '有人同时改了工单会显示冲突：看过现在的样子，再决定重发还是放弃。',
        ],
      },
      {
        title: '安装时发现问题',
        steps: ['在送装工单上点“更多 → 转售后”（手机上也有），写下问题。', '新的售后工单带着客户、订单、商品和照片，两边可以互相打开。'],
      },
      {
        title: '完工要什么、多远算远',
        steps: ['在“设置 › 售后服务”里定：完工要几张照片、要不要签字和扫齐包件、签到多远要标记、几天后回访、评价链接有效几天。'],
      },
      {
        title: '回访和评价',
        steps: [
          '完工后自动生成回访工单，几天后到期；首页数着到期的。打完电话点“记录回访”。',
          '完工的工单上有评价链接，发给客户，不用登录就能打分。',
          '列表上方是 NPS（9–10 分的比例减去 0–6 分的比例）、平均满意度和回访覆盖率，可按门店看。',
        ],
      },
    ],
  },
  en: {
    title: 'Service tickets',
    intro:
      'Delivery and installation, after-sales and return visits are tickets: dispatched, accepted, appointed, visited, completed, each step with its time and its author. Installers work on their phones, also without a signal.',
    tasks: [
      {
        title: 'Give a ticket out',
        steps: [
          'Press “New ticket”, choose what it is for, write what to do, whom to ask for, phone and address; made from a customer’s page it takes them along.',
          'Where cartons are scanned, add the items: each carton of each piece is expected.',
          'Then press “Dispatch” and choose who and when; or drag the card to somebody’s day on the board.',
          'Who gives tickets out is told of new ones and of those that came back; whoever gets one is told. Who sold the order and who looks after the customer see the ticket, and change nothing.',
        ],
      },
      {
        title: 'The installer’s phone',
        steps: [
          'Installers open /field/ in the phone’s browser, sign in, and may add it to the home screen.',
          'Opened once with a signal, the tickets of the next days are kept on the phone.',
          'What is done is kept on the phone first and sent in order when there is a signal; the top right says how much was not sent.',
          'If somebody changed the ticket meanwhile it is a conflict: see what it is now, then send again or do without.',
        ],
      },
      {
        title: 'A problem found while installing',
        steps: [
          'On a delivery choose “More → Make an after-sales ticket” (on the phone too) and write what is wrong.',
          'The new ticket has customer, order, item and photos, and each leads to the other.',
        ],
      },
      {
        title: 'What completion needs, and how far is far',
        steps: [
          '“Settings › Service” says how many photos, whether a signature and all cartons are needed, when a check-in is far, when the return visit is due and how long a survey can be answered.',
        ],
      },
      {
        title: 'Return visits and surveys',
        steps: [
          'Completion makes a return visit that is due some days later; home counts those due. After the call press “Note the return visit”.',
          'A completed ticket has a link for the customer, who answers without a login.',
          'Above the list are NPS (share of 9 and 10 less share of 0 to 6), mean satisfaction and return visits made, also by store.',
        ],
      },
    ],
  },
};
