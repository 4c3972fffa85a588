// The help about orders and payments, in both languages.

import type { Topic } from './topics';

export const orders: Topic = {
  name: 'orders',
  to: '/orders',
  'zh-CN': {
    title: '订单',
    intro: '一张订单从开单到送达：商品、分成、预留货、拣货、发货、收款都在一页上。',
    tasks: [
      {
        title: '开一张订单',
        steps: [
          '在客户页点“新建订单”，或在订单列表里新建再选客户。',
          '选商品时，下面会写明哪个站点可用多少；填数量、单价、折扣。',
          '几个人一起卖的，在“分成、备注”里填比例，合计 100%，金额分到分。',
          '有选配的商品，直接在这一行里选：价格一项一项写明，不合规则的会指出来。',
          '按 Ctrl+回车保存，得到一张草稿。',
        ],
      },
      {
        title: '确认、发货、送达',
        steps: [
          '点“确认订单”：从最近的、备齐的站点预留货，仓库立刻得到拣货任务。没有现货也可以先确认，到货后点“预留货”。',
          '订单页上看得到拣了几件；齐套完成后点“发货”。缺货发货要有权限，并写明原因。',
          '送到后点“送达完成”，客户就成为老客户。',
          '取消订单要写原因：预留的货放开，拣货撤回，已付的钱退回客户的预收款。',
        ],
      },
      {
        title: '在手机上签字、收定金',
        steps: [
          '在订单页点“签字并收定金”，客户用手指签字，填定金和方式，一次保存。',
          '签的是当时的商品和价格；改了商品，签字作废，要重签。打印的订单上有签字和定金。',
        ],
      },
      { title: '找出逾期的订单', steps: ['在列表的句子里选“逾期未送达”，也可以存为视图、导出。'] },
    ],
  },
  en: {
    title: 'Orders',
    intro: 'An order from the first word to the door: goods, shares, reserved stock, pick, shipping and money on one page.',
    tasks: [
      {
        title: 'Make an order',
        steps: [
          'On a customer\'s page press "New order", or make one in the list and choose the customer.',
          'Beneath an item stands how many are available where; give quantity, price and discount.',
          'If several sold it, give their shares beneath "Shares, note": 100 % in all, to the fen.',
          'An item with options is configured in its line: the price is explained term by term, and what does not go is said.',
          'Ctrl+Enter saves it as a draft.',
        ],
      },
      {
        title: 'Confirm, ship, deliver',
        steps: [
          '"Confirm order" reserves goods at the nearest site that has everything, and makes the pick there. It can be confirmed without goods and reserved later.',
          'The page shows how far the pick is; once it is complete press "Ship". To ship less takes a right and a reason.',
          '"Delivered" ends it, and the customer becomes a regular.',
          'A cancelled order needs a reason: goods are free again, the pick is withdrawn, the money is held for the customer.',
        ],
      },
      {
        title: 'Sign and pay a deposit on a phone',
        steps: [
          'Press "Sign and pay a deposit" on the order; the customer signs with a finger, and the deposit is taken in one go.',
          'What is signed are the goods as they are: when they change they are signed again. The printed order shows both.',
        ],
      },
      { title: 'Find late orders', steps: ['Choose "late" in the sentence above the list; keep it as a view or export it.'] },
    ],
  },
};

export const quotes: Topic = {
  name: 'quotes',
  to: '/quotes',
  'zh-CN': {
    title: '报价',
    intro: '给客户的报价一版一版地改，每一版都留着；客户点头，原样转成订单。',
    tasks: [
      { title: '做一份报价', steps: ['点“新建报价”，选客户和商品；有价目表的商品会带出单价。', '写有效期和说明，客户会看到说明。'] },
      {
        title: '修订和比较',
        steps: ['点“更多”里的“修订”，保存后是新的一版，前面的版本不变。', '点“各版本”里的一版，可以看旧版本，并逐行与上一版比较。'],
      },
      {
        title: '给客户看',
        steps: ['点“打印”，得到 A4 报价单，有大写金额。', '点“分享链接”，把链接发给客户；只显示客户姓氏，到期自动失效。'],
      },
      { title: '成交', steps: ['点“成交，转为订单”，商品和价格不用重新输入。'] },
    ],
  },
  en: {
    title: 'Quotes',
    intro: 'A quote is revised version by version, and all of them stay; when the customer agrees it becomes an order as it is.',
    tasks: [
      {
        title: 'Make a quote',
        steps: [
          'Press "New quote", choose customer and goods; the price list gives the price.',
          'Say until when it holds, and what the customer is to read.',
        ],
      },
      {
        title: 'Revise and compare',
        steps: [
          '"Revise" saves a new version; the others stay.',
          'A version in "Versions" can be looked at, and compared line by line with the one before.',
        ],
      },
      {
        title: 'Show it',
        steps: [
          '"Print" makes an A4 paper.',
          '"Share a link" shows it without a login until it ends, with the first letter of the name only.',
        ],
      },
      { title: 'Accepted', steps: ['"Accepted: make an order" takes goods and prices over.'] },
    ],
  },
};

export const contracts: Topic = {
  name: 'contracts',
  to: '/contracts',
  'zh-CN': {
    title: '合同台账',
    intro: '合同连着客户、商机、报价和订单；挂上扫描件和终稿设计图才能签订，签订后生成订单，不用再录一遍。',
    tasks: [
      {
        title: '做一份合同',
        steps: [
          '在报价页点“更多”里的“签合同”：商品、价格原样带过来；也可以在台账里新建。',
          '填分期：名称、金额、到期日，合计等于合同金额。',
          '“打印”出 A4 合同，金额有大写，有条款和签字处。',
        ],
      },
      {
        title: '签订',
        steps: [
          '上传“合同扫描件”和“终稿设计图”；还缺什么，页面上写着。',
          '点“签订”：按合同生成一张订单草稿，或关联已有的订单。折扣超过价目表的，先由有权限的人批准。',
          '签订后合同和这两份文件不能再改、不能删。',
          '一份报价只签一份合同、只成一张订单；合同的订单，合计不能改。',
        ],
      },
      {
        title: '收分期款',
        steps: ['在订单页收款，从第一期起依次算付清。', '在句子里选“有到期未付的分期”，就是要催的；首页也有数。'],
      },
      { title: '完成和作废', steps: ['订单都送达后点“合同完成”。', '作废要写原因，有订单的先取消订单。'] },
    ],
  },
  en: {
    title: 'Contracts',
    intro:
      'A contract is linked to customer, opportunity, quote and order; it is signed once scan and final design hang on it, and makes the order by itself.',
    tasks: [
      {
        title: 'Make a contract',
        steps: [
          'On a quote choose "Make a contract" beneath "More": goods and prices are taken over. Or make one in the ledger.',
          'Give the instalments: name, amount, day; together they are the amount.',
          '"Print" makes an A4 contract with the amount in capitals, the terms, and room to sign.',
        ],
      },
      {
        title: 'Sign it',
        steps: [
          'Attach "Scan of the contract" and "Final design"; the page says what is missing.',
          '"Sign" makes a draft of an order, or links one that is there. A discount beyond the price list is approved first.',
          'A signed contract and these files stay as they are.',
          'One contract is signed of a quote, and one order comes of it; the amount of that order stays.',
        ],
      },
      {
        title: 'Take the instalments',
        steps: [
          'Take money on the order: it covers the instalments from the first on.',
          'Choose "with an instalment due and not paid" in the sentence; the home page counts them too.',
        ],
      },
      {
        title: 'Done, or called off',
        steps: ['Once its orders were delivered press "Done".', 'To call it off say why; an order of it is cancelled first.'],
      },
    ],
  },
};

export const payments: Topic = {
  name: 'payments',
  to: '/payments',
  'zh-CN': {
    title: '收款',
    intro: '预收款是客户的：先收下，再用到任何一张订单，也可以在订单之间转。每一笔都有经手人，不能改，只能撤销。',
    tasks: [
      {
        title: '收款',
        steps: ['在客户页的“客户账户”点“收款”，或在订单页点“待付”。', '填金额、方式、凭证号；选了订单就直接用上，多的留在预收款里。'],
      },
      {
        title: '转到别的订单、退款、撤销',
        steps: [
          '“转到订单”可以从预收款转到订单，从一张订单转到另一张，或退回预收款。',
          '“退款”把预收款退给客户，要有权限，写原因。',
          '记错了点“撤销”：记一笔反向的账，原来的一笔留着。',
        ],
      },
      {
        title: '每日对账',
        steps: [
          '收款列表右上角“每日对账”：每种方式账上多少。',
          '点“对账完成”，填实点的数；不符要写原因。对完账的一天不再变，以后的收款算到下一天。',
        ],
      },
    ],
  },
  en: {
    title: 'Payments',
    intro:
      "A prepayment is the customer's: it is held, goes to any of their orders and from one to another. Every entry has an author, stays, and can only be undone.",
    tasks: [
      {
        title: 'Take money',
        steps: [
          'Press "Take money" on the customer\'s page, or what is to pay on the order\'s.',
          'Give amount, method and slip number; with an order it is applied at once, and what is left over is held.',
        ],
      },
      {
        title: 'Move, pay back, undo',
        steps: [
          '"Move" takes it from what is held to an order, from order to order, or back.',
          '"Pay back" needs a right and a reason.',
          '"Undo" books the same amount the other way; the first entry stays.',
        ],
      },
      {
        title: 'The daily count',
        steps: [
          '"Daily count" above the list says what the books have by method.',
          '"Close the day" takes what was counted; say why where it differs. A closed day stays, and what comes later is of the next.',
        ],
      },
    ],
  },
};
