// The help about prices and option configuration, in both languages.

import type { Topic } from './topics';

export const prices: Topic = {
  name: 'prices',
  to: '/prices',
  'zh-CN': {
    title: '价目表和选配',
    intro:
      '总部维护价目表和选配模型：什么商品在哪里卖多少钱，可以选什么尺寸和选项，价格怎么一项一项算出来。门店只看得到对自己有效的价目表。',
    tasks: [
      {
        title: '建价目表',
        steps: [
          '点“新建价目表”：填编码、名称和从哪天起。新建时是草稿，只有维护价格的人看得到。',
          '不选组织就用于全公司；选了组织，就用于它和它的下级。最具体的组织优先，其次是最新的。',
          '价格填好后点“启用”，当天起生效。',
        ],
      },
      {
        title: '填价格',
        steps: [
          '打开价目表，点“导入”用表格一次带入：先检查，再预览，导错了可以撤销。',
          '单个改价：点单价旁边的笔，改好按回车。',
          '“导出”得到的表格改好后可以直接再导入。进价只有有权限的人看得到。',
        ],
      },
      {
        title: '控制折扣',
        steps: ['价目表和单个价格都可以写“最大折扣”：10% 就是最低 9 折。', '报价超过这个折扣要审批；门店自己不能突破。'],
      },
      {
        title: '设置选配模型',
        steps: [
          '设置里打开“选配模型”：写明用于哪些商品，有哪些参数、选配类别和选项。',
          '计价公式一项一项写，结果是元；约束条件写明什么不能同时选，以及给销售看的提示。',
          '右边“试算”按草稿算价，每一项都看得到代入的数。没有问题再发布，下一张报价就按新的算。',
          '发布错了，在“版本”里点“恢复”，旧公式立即回来。',
        ],
      },
      {
        title: '给客户选配',
        steps: ['打开商品，点“选配试算”：填尺寸、选选项，价格随着变。', '不能选的会在那一项下面写明原因。手机和电脑算出来的价格一样。'],
      },
    ],
  },
  en: {
    title: 'Prices and options',
    intro:
      'Head office keeps price lists and option models: what costs how much where, which measures and options there are, and how the price comes about term by term. A store sees the lists that hold for it.',
    tasks: [
      {
        title: 'Make a price list',
        steps: [
          'Press “New price list”: code, name, first day. It begins as a draft that only those who keep prices see.',
          'Without organisations it holds for the whole chain; with some, for them and all beneath. The most specific wins, then the newest.',
          'Once its prices are there, press “Activate”.',
        ],
      },
      {
        title: 'Fill in prices',
        steps: [
          'Open the list and import a sheet: it is checked, previewed, and can be undone.',
          'For a single price press the pen beside it, and Enter when it is right.',
          'An exported sheet can be changed and imported again. Cost is shown to those who have the right.',
        ],
      },
      {
        title: 'Keep discounts within bounds',
        steps: [
          'A list, and each price, may say the greatest discount: 10 % is ninety percent of the price.',
          'More than that needs approval.',
        ],
      },
      {
        title: 'Set up an option model',
        steps: [
          'In the settings open “Option models”: the items it is for, its measures, categories and options.',
          'Write the formulas term by term, in yuan; constraints say what does not go together, and what to tell the seller.',
          '“Try it” prices by the draft and shows every term with its figures. Publish it, and the next quote follows it.',
          'To take a publication back press “Restore” among the versions.',
        ],
      },
      {
        title: 'Configure for a customer',
        steps: [
          'Open an item and “Configure and price”: give measures, choose options, and watch the price.',
          'What does not go is said beneath its field. A phone and a desk come to the same price.',
        ],
      },
    ],
  },
};
