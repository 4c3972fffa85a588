// The help about figures and the wall screen, in both languages.

import type { Topic } from './topics';

export const figures: Topic = {
  name: 'figures',
  to: '/figures',
  'zh-CN': {
    title: '经营数据',
    intro: '卖了多少、和之前比怎样、哪个门店、哪个人。订单一确认，数字马上变；取消了就减掉。能看到多少由你的角色决定。',
    tasks: [
      {
        title: '看一段时间',
        steps: [
          '在句子里选今天、本月、今年，或自选日期；地址里带着选择，可以收藏、转发。',
          '左上角选一个大区、经销商或门店，就只看它和下面的。',
          '每个数字都和前面同样多的天数相比。',
        ],
      },
      {
        title: '看数字是哪些单',
        steps: [
          '点一个数字、一个门店、一个人，打开它数的那些订单；列表上面的合计和数字一样。',
          '几个人一起卖的订单，业绩按分成算；列表里“分成金额”一列是这个人的那一份。',
        ],
      },
      {
        title: '知道指标怎么算',
        steps: [
          '把鼠标停在指标名上，看它的定义。写“暂无数据”的，是没有记录或你无权看，不是 0。',
          '库存周转按库存流水和总部价目表的成本价算；退换货率数的是从客户处退回入库的商品。',
          '利润只按知道进价的商品算，并写明占营收多少；没有“查看进价”权限的人看不到。',
        ],
      },
      {
        title: '挂到墙上',
        steps: [
          '点“大屏”，再点“全屏”。画面按 1920×1080 设计，自动放大缩小。',
          '有新订单时自动更新，上面一直写着更新的时间；连接断了会用文字说明。',
        ],
      },
    ],
  },
  en: {
    title: 'Figures',
    intro:
      'How much was sold, compared with before, by which store, by whom. A confirmed order is in them at once, a cancelled one is taken out. Your role decides how much you see.',
    tasks: [
      {
        title: 'Look at a time',
        steps: [
          'Choose today, this month, this year or days of your own in the sentence; the address keeps the choice, to be kept or sent.',
          'Choose a region, dealer or store at the top left to see it and what is beneath it only.',
          'Every figure is compared with as many days before.',
        ],
      },
      {
        title: 'See which orders a figure counts',
        steps: [
          'Press a figure, a store or a person: the list of its orders opens, with the same sum above it.',
          'Of orders that several people sold each has their share; the column "Share" is that of this person.',
        ],
      },
      {
        title: 'Know what a measure means',
        steps: [
          'Point at its name for the definition. "No data yet" means that there are no records, or none that you may see, which is not 0.',
          "Stock turnover goes by the stock ledger and the cost of head office's price lists; returns are goods that were booked back from customers.",
          'Profit is reckoned of goods with a known cost, and says of how much of the sales; who may not see cost does not see it.',
        ],
      },
      {
        title: 'Put it on the wall',
        steps: [
          'Press "Wall screen", then "Full screen". It is drawn for 1920×1080 and fits any screen.',
          'It follows new orders by itself, always says when it was updated, and says so in words when the link is lost.',
        ],
      },
    ],
  },
};
