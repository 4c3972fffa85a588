// The help about opportunities, in both languages.

import type { Topic } from './topics';

export const opportunities: Topic = {
  name: 'opportunities',
  to: '/opportunities',
  'zh-CN': {
    title: '商机',
    intro: '一位客户可能买的东西，从线索到签约一步一步推进。阶段、要交的文件、超时时间和原因都由总部在“设置 › 流程阶段”里定。',
    tasks: [
      {
        title: '新建商机',
        steps: ['打开客户，在“商机”里点“新建商机”；或者在商机列表里新建并选客户。', '填名称，金额和预计签约日可以以后再补。'],
      },
      {
        title: '推进到下一阶段',
        steps: [
          '打开商机，点“推进到……”；在看板上也可以把卡片拖过去，或点卡片上的“…”。',
          '还缺什么会一条条列出来，例如“设计草图至少要 1 份”。在“文件”里选类型上传，补齐后再推进。',
          '退回以前的阶段不需要条件。',
        ],
      },
      {
        title: '超时和停滞',
        steps: [
          '在一个阶段停留超过规定时间，商机标红“已超时”。',
          '先写停滞原因才能推进：“更多 › 写停滞原因”，或推进时在弹窗里选。',
          '首页的“超时未说明的商机”点一下就是名单。',
        ],
      },
      { title: '标为流失', steps: ['“更多 › 标为流失”，选流失原因。以后可以退回继续跟。'] },
      {
        title: '看阶段报表',
        steps: [
          '商机列表里点“阶段报表”：每个阶段的平均停留天数、转化率、主要阻塞原因。',
          '下面按门店列出，比平均低 10 个百分点以上的标红。',
        ],
      },
    ],
  },
  en: {
    title: 'Opportunities',
    intro:
      'What a customer may buy, moved step by step from lead to signature. Stages, the files they ask for, time limits and reasons are set by headquarters in "Settings › Stages".',
    tasks: [
      {
        title: 'Make one',
        steps: [
          'Open the customer and press "New opportunity", or make one in the list and choose the customer.',
          'A title is enough; amount and expected day can follow.',
        ],
      },
      {
        title: 'Move it on',
        steps: [
          'Open it and press "Move on to …"; on the board drag the card, or use its "…" menu.',
          'Whatever is missing is named line by line. Add files under "Files" by their kind, then move on.',
          'Going back to an earlier stage asks for nothing.',
        ],
      },
      {
        title: 'Overdue and stuck',
        steps: [
          'One that stays too long in a stage is marked "Overdue".',
          'It says why before it goes on: "More › Say why it is stuck", or in the dialog of the move.',
          '"Overdue opportunities without a reason" on the home page opens their list.',
        ],
      },
      { title: 'Mark it as lost', steps: ['"More › Mark as lost", with the reason. It can be taken back later.'] },
      {
        title: 'Read the stage report',
        steps: [
          'Press "Stage report" above the list: days in each stage, conversion, main reason for being stuck.',
          'Below it by store; whoever is ten points below the mean stands out.',
        ],
      },
    ],
  },
};
